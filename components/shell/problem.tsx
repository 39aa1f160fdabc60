"use client";
import { CircleAlert, RotateCw } from "lucide-react";
import { explainError } from "@/lib/client/api/api-error";
import { InBandError } from "@/lib/client/run/run-state";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

type ProblemProps = { error: unknown; onRetry?: () => void; className?: string };

/** What went wrong, why, and what to do. The rest of the page goes on. */
export function Problem({ error, onRetry, className }: ProblemProps) {
  const { title, detail, action } = explain(error);
  return (
    <div
      role="alert"
      className={cn("m-3 flex items-start gap-2 rounded-md border border-error/40 bg-error/5 p-3", className)}
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-error" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="break-words text-muted">{detail}</p>
        <p>{action}</p>
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          <RotateCw /> Try again
        </Button>
      )}
    </div>
  );
}

function explain(error: unknown) {
  if (!(error instanceof InBandError)) return explainError(error);
  const [title, action] = IN_BAND[error.errorType] ?? [
    "The run stopped with an error",
    "Send the message again; the transcript keeps what was done so far.",
  ];
  return { title, detail: error.detail ? `${error.message} ${error.detail}` : error.message, action };
}

const IN_BAND: Record<string, [title: string, action: string]> = {
  llm_authentication: ["The model's provider refused the key", "Set a valid key (see Settings), then send again."],
  llm_rate_limit: ["The model's provider is rate limiting", "Wait a moment, then send again."],
  llm_timeout: ["The model did not answer in time", "Send again, or choose another model in the agent's settings."],
  llm_insufficient_credits: ["The provider account has no credit left", "Add credit, or choose another model."],
  llm_bad_request: ["The model refused the request", "Check the model and its settings in the agent pane."],
  context_window_overflow_in_system_prompt: [
    "The system prompt does not fit into the context window",
    "Shorten the instructions or a memory block, or raise the window's limit.",
  ],
};
