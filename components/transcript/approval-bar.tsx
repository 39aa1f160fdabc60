"use client";
import { Check, Hand, X } from "lucide-react";
import { useState } from "react";
import type { Row } from "@/lib/client/run/transcript-rows";
import { JsonView } from "../tool/json-view";
import { Button } from "../ui/button";
import { Input } from "../ui/input";

type Call = Extract<Row, { type: "tool" }>;
export type Decision = { callId: string; approve: boolean; reason: string | null };

type ApprovalBarProps = { calls: readonly Call[]; onDecide: (decisions: Decision[]) => void };

/** Calls that wait for a person. All of one request are answered together. */
export function ApprovalBar({ calls, onDecide }: ApprovalBarProps) {
  const [denied, setDenied] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState("");
  const many = calls.length > 1;

  function decide(approves: (callId: string) => boolean) {
    const why = reason.trim() || null;
    onDecide(
      calls.map(({ call }) => {
        const approve = approves(call.id);
        return { callId: call.id, approve, reason: approve ? null : why };
      }),
    );
  }

  return (
    <section
      aria-label="Approval"
      className="mx-2 mt-2 flex flex-col gap-2 rounded-lg border border-tools/50 p-2 sm:mx-3"
    >
      <p className="flex items-center gap-1.5 font-medium">
        <Hand className="size-4 text-tools" aria-hidden />
        {many ? `${calls.length} tool calls wait for you` : "A tool call waits for you"}
      </p>
      {calls.map(({ call }) => (
        <div key={call.id} className="flex flex-col gap-1">
          {many && (
            <label className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={!denied.has(call.id)}
                onChange={() =>
                  setDenied((before) => {
                    const next = new Set(before);
                    if (!next.delete(call.id)) next.add(call.id);
                    return next;
                  })
                }
              />
              approve
            </label>
          )}
          <JsonView label={call.name} text={call.arguments} />
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        <Input
          aria-label="Reason for a denial"
          placeholder="Reason, if you deny (the agent reads it)"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          className="min-w-40 flex-1"
        />
        <Button needs="agents.messages.stream" tone="danger" onClick={() => decide(() => false)}>
          <X /> {many ? "Deny all" : "Deny"}
        </Button>
        <Button needs="agents.messages.stream" tone="primary" onClick={() => decide((callId) => !denied.has(callId))}>
          <Check /> {many ? "Send decisions" : "Approve"}
        </Button>
      </div>
    </section>
  );
}
