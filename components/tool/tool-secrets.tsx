"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay } from "@/lib/client/access/permissions";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { toolSecretsQuery } from "@/lib/client/tool/tool-queries";
import { SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";
import { SecretList } from "./secret-list";

/** Secrets that one tool gets in its environment, whichever agent calls it. */
export function ToolSecrets({ toolId }: { toolId: string }) {
  const client = useQueryClient();
  const { why } = useMay("tools.secrets.list");
  const secrets = useQuery({ ...toolSecretsQuery(toolId), enabled: why === null });
  const update = useMutation({
    mutationFn: (changed: Record<string, string | null>) =>
      unwrap(
        api.PATCH("/v1/tools/{tool_id}/secrets", {
          params: { path: { tool_id: toolId } },
          body: { secrets: changed },
        }),
      ),
    onSuccess: (left) => client.setQueryData(queryKeys.toolSecrets(toolId), left),
  });
  return (
    <section aria-label="Secrets of the tool" className="rounded-md border border-line">
      <SectionHead title="Secrets" note={secrets.data?.length} />
      <p className="px-3 pb-2 text-muted text-sm">
        Its code finds them in its environment. They are kept encrypted and taken out of what it returns and prints.
      </p>
      {secrets.isError && <Problem error={secrets.error} onRetry={() => void secrets.refetch()} />}
      {why !== null && <p className="px-3 pb-3 text-muted text-sm">{why} Secrets are for editors.</p>}
      {why === null && secrets.isPending && <SkeletonRows rows={1} label="Loading secrets" />}
      {update.isError && <Problem error={update.error} />}
      {secrets.data && (
        <SecretList
          needs="tools.secrets.update"
          keys={secrets.data.map((secret) => secret.key)}
          isSaving={update.isPending}
          onSet={(key, value, done) => update.mutate({ [key]: value }, { onSuccess: done })}
          onRemove={(key) => update.mutate({ [key]: null })}
        />
      )}
    </section>
  );
}
