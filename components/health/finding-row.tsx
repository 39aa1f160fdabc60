"use client";
import Link from "next/link";
import type { ReactNode } from "react";
import type { HealthFinding } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { Ago } from "../shell/bits";
import { Badge, type Tone } from "../ui/badge";

const TONES: Record<HealthFinding["kind"], Tone> = {
  tainted: "error",
  contradiction: "memory",
  duplicate: "memory",
  full: "memory",
  "changed-nothing": "neutral",
  reverted: "neutral",
  "never-changed": "neutral",
  "never-read": "neutral",
  "empty-search": "neutral",
};

type Placed = Pick<HealthFinding, "text" | "block_id" | "label" | "line" | "passage_id">;

/** One doubt: the text, where it stands, why it is doubtful, and ways to the block and the step. */
export function FindingRow({ agentId, finding }: { agentId: string; finding: HealthFinding }) {
  const { detail, step_id, created_at, others, sources, later, later_count } = finding;
  return (
    <li className="border-line border-b py-2">
      <PlacedText agentId={agentId} place={finding} tone={TONES[finding.kind]} />
      {others.map((other, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: places have no identity but their place
        <PlacedText key={index} agentId={agentId} place={other} tone={TONES[finding.kind]} />
      ))}
      <p className="flex flex-wrap items-center gap-x-3 text-muted text-sm">
        <span className="break-words">{detail}</span>
        {created_at && <Ago at={created_at} />}
        {step_id && (
          <StepLink agentId={agentId} stepId={step_id}>
            go to the step
          </StepLink>
        )}
        {sources.map(({ step_id: read, name }) =>
          read ? (
            <StepLink key={read + name} agentId={agentId} stepId={read}>
              what {name} returned
            </StepLink>
          ) : null,
        )}
      </p>
      {later_count > 0 && (
        <p className="flex flex-wrap items-center gap-x-3 text-sm">
          <span className="text-error">
            {formatCount(later_count)} {later_count === 1 ? "call was" : "calls were"} made since with it in context:
          </span>
          {later.slice(0, 5).map(({ step_id: did, tool }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step may call a tool twice
            <StepLink key={index} agentId={agentId} stepId={did}>
              {tool}
            </StepLink>
          ))}
        </p>
      )}
    </li>
  );
}

function PlacedText({ agentId, place, tone }: { agentId: string; place: Placed; tone: Tone }) {
  const where = place.label
    ? `${place.label}${place.line ? `:${place.line}` : ""}`
    : place.passage_id
      ? "archive"
      : null;
  return (
    <p className="flex items-start gap-2">
      {where && <Badge tone={tone}>{where}</Badge>}
      {place.block_id ? (
        <Link
          href={`/agents/${agentId}?block=${place.block_id}`}
          className="line-clamp-3 min-w-0 break-words underline-offset-2 hover:underline"
        >
          {place.text}
        </Link>
      ) : (
        <span className="line-clamp-3 min-w-0 break-words">{place.text}</span>
      )}
    </p>
  );
}

function StepLink({ agentId, stepId, children }: { agentId: string; stepId: string; children: ReactNode }) {
  return (
    <Link
      href={`/agents/${agentId}?step=${stepId}`}
      className="rounded-sm text-messages underline-offset-2 hover:underline"
    >
      {children}
    </Link>
  );
}
