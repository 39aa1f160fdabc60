"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { createSuite, draftQuery, type Wanted } from "@/lib/client/suite/suite-queries";
import { AppHeader } from "../shell/app-header";
import { DetailHead, PageBody } from "../shell/detail-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { SuiteEditor } from "./suite-editor";

const CODE = [
  operation("suites.create", { method: "post", path: "/v1/suites", body: { source: "suite: …" }, named: false }),
];

/** A new suite: of a run, of an agent, or of the first agent that there is. */
export function NewSuitePage() {
  const search = useSearchParams();
  const [run, message, agent] = [search.get("run"), search.get("message"), search.get("agent")];
  const [replay, setReplay] = useState(false);
  const isOfRun = run !== null || message !== null;
  const agents = usePaged(agentsList(), { enabled: !isOfRun && !agent });
  const first = agents.items?.find((one) => one.name === "Ada") ?? agents.items?.[0];
  const agentId = agent ?? first?.id;
  const ofAgent: Wanted | null = agentId ? { agent_id: agentId } : null;
  const recorded = replay ? ({ replay: "true" } as const) : {};
  const ofRun: Wanted | null = run ? { run_id: run } : message ? { message_id: message } : null;
  const wanted: Wanted | null = ofRun ? { ...ofRun, ...recorded } : ofAgent;
  return (
    <>
      <AppHeader code={CODE} />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <PageBody>
          <DetailHead
            list={{ href: "/tests", name: "Tests" }}
            title="New suite"
            note={
              isOfRun
                ? "A case of what was said and done in a run. Change what must hold, then keep it."
                : "Cases with a start, what is said, and what must hold afterwards."
            }
          />
          {isOfRun && (
            <label className="flex items-center gap-2 text-sm">
              <input type="checkbox" checked={replay} onChange={(event) => setReplay(event.target.checked)} />
              With what its model and tools answered then: it needs no key, and says where what is asked has changed
            </label>
          )}
          {wanted ? (
            <Draft key={JSON.stringify(wanted)} wanted={wanted} />
          ) : agents.items ? (
            <EditNew source={EMPTY} />
          ) : (
            <SkeletonRows rows={8} label="Loading" />
          )}
        </PageBody>
      </main>
    </>
  );
}

const EMPTY = `suite: My first suite
start: {agent: Name of an agent}
cases:
  - name: it remembers
    conversation:
      - Remember that my name is Zelda.
    checks:
      - memory: {contains: Zelda}
`;

function Draft({ wanted }: { wanted: Wanted }) {
  const draft = useQuery(draftQuery(wanted));
  if (draft.isError) return <Problem error={draft.error} className="mx-0" onRetry={() => void draft.refetch()} />;
  if (!draft.data) return <SkeletonRows rows={8} label="Writing the first lines" />;
  return <EditNew source={draft.data} />;
}

function EditNew({ source: given }: { source: string }) {
  const router = useRouter();
  const client = useQueryClient();
  const [source, setSource] = useState(given);
  const keep = useMutation({
    mutationFn: () => createSuite(source),
    onSuccess: async (suite) => {
      router.push(`/tests/${suite.id}`);
      await client.invalidateQueries({ queryKey: queryKeys.suiteList() });
    },
  });
  return (
    <>
      <SuiteEditor source={source} onChange={setSource} />
      {keep.isError && <Problem error={keep.error} className="mx-0" />}
      <div>
        <Button needs="suites.create" tone="primary" disabled={keep.isPending} onClick={() => keep.mutate()}>
          {keep.isPending ? "Keeping…" : "Keep the suite"}
        </Button>
      </div>
    </>
  );
}
