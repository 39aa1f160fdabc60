"use client";
import { useQuery } from "@tanstack/react-query";
import { stepTraceQuery } from "@/lib/client/time/time-queries";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { JsonView } from "../tool/json-view";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

/** What the model's provider was sent in a step, and what it answered. */
export function TraceDialog({ stepId, onClose }: { stepId: string; onClose: () => void }) {
  const trace = useQuery(stepTraceQuery(stepId));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Request and response"
      description="As the model's provider was sent them in this step."
      width="lg"
    >
      {trace.isError ? (
        <Problem error={trace.error} onRetry={() => void trace.refetch()} />
      ) : trace.data === undefined ? (
        <SkeletonRows rows={10} label="Loading the request" />
      ) : trace.data === null ? (
        <Empty title="Nothing was sent">The run ended before the model was asked.</Empty>
      ) : (
        <div className="flex flex-col gap-3 p-4">
          <JsonView label="Request" text={JSON.stringify(trace.data.request_json)} />
          <JsonView label="Response" text={JSON.stringify(trace.data.response_json)} />
        </div>
      )}
    </Dialog>
  );
}
