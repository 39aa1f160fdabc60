"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { type AgentTemplate, placeOf } from "@/lib/client/template/template-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type DeleteTemplateProps = { template: AgentTemplate | null; onClose: () => void; onDeleted?: () => void };

export function DeleteTemplate({ template, onClose, onDeleted }: DeleteTemplateProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (doomed: AgentTemplate) =>
      unwrap(api.DELETE("/v1/templates/{project_id}/{template_name}", { params: { path: placeOf(doomed) } })),
    onSuccess: async () => {
      onClose();
      onDeleted?.();
      await client.invalidateQueries({ queryKey: queryKeys.templates(), exact: true });
    },
  });
  return (
    <Dialog
      open={template !== null}
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${template?.name ?? "the template"}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            needs="templates.delete"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => template && remove.mutate(template)}
          >
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <p className="p-4">
        All its versions go with it. The agents that were made of it stay, and can no longer be moved to another
        version.
      </p>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
