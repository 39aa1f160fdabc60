"use client";
import { useQuery } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import Link from "next/link";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import type { HealthFinding, MemoryHealth } from "@/lib/client/api/wire";
import { healthQuery } from "@/lib/client/memory/memory-queries";
import { formatCount } from "@/lib/client/screen/format";
import { Empty } from "../shell/bits";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { FindingRow } from "./finding-row";

type Kind = HealthFinding["kind"];

/** Each kind of doubt with what it means, the gravest first. */
const KINDS: readonly { kind: Kind; title: string; says: string }[] = [
  {
    kind: "tainted",
    title: "Written after something untrusted was read",
    says: "A page, a file, a tool or another agent may have put it there. Look at the step before you believe it.",
  },
  { kind: "contradiction", title: "May contradict each other", says: "Two lines of one fact with two values." },
  { kind: "duplicate", title: "Said more than once", says: "The same line, but for case, blanks and bullets." },
  { kind: "full", title: "Nearly full", says: "Blocks at 90 % of their limit and more." },
  { kind: "changed-nothing", title: "Rewrites that changed nothing", says: "Tokens were spent for blanks and order." },
  { kind: "reverted", title: "Taken back", says: "Versions that somebody undid or went back from." },
  { kind: "never-changed", title: "Never changed", says: "Blocks that say what they said when they were made." },
  { kind: "never-read", title: "Never found", says: "Passages that no search of the agent has returned." },
  { kind: "empty-search", title: "Searches that found nothing", says: "What the agent looked for in vain." },
];

/** What is doubtful in what an agent remembers: each a list that leads to the place. */
export function HealthPage({ agentId }: { agentId: string }) {
  const health = useQuery(healthQuery(agentId));
  const name = useQuery(agentNameQuery(agentId)).data;
  return (
    <ListPage
      title={name ? `Memory health of ${name}` : "Memory health"}
      code={[
        operation("agents.memoryHealth", {
          method: "get",
          path: "/v1/agents/{agent_id}/memory-health",
          params: { agent_id: agentId },
          named: false,
        }),
      ]}
      action={
        <>
          <Button asChild>
            <Link href="/tests">
              <ShieldAlert /> Try to poison a copy
            </Link>
          </Button>
          <Button asChild>
            <Link href={`/agents/${agentId}`}>Back to the agent</Link>
          </Button>
        </>
      }
    >
      {health.isError && <Problem error={health.error} onRetry={() => void health.refetch()} className="mx-0" />}
      {!health.data && !health.isError && <SkeletonRows rows={10} label="Looking through the memory" />}
      {health.data && <Found agentId={agentId} health={health.data} />}
    </ListPage>
  );
}

function Found({ agentId, health }: { agentId: string; health: MemoryHealth }) {
  const { counts, findings, looked_at: at } = health;
  const shown = KINDS.filter(({ kind }) => (counts[kind] ?? 0) > 0);
  return (
    <>
      <p className="text-muted">
        Looked at {formatCount(at.blocks)} blocks with {formatCount(at.lines)} lines, {formatCount(at.passages)}{" "}
        passages and {formatCount(at.searches)} searches. Nothing was changed, and no model was asked.
      </p>
      {shown.length === 0 && (
        <Empty title="Nothing doubtful">
          No line was written after something untrusted was read, none contradicts another, and nothing lies unused.
        </Empty>
      )}
      {shown.map(({ kind, title, says }) => {
        const rows = findings.filter((one) => one.kind === kind);
        const more = (counts[kind] ?? 0) - rows.length;
        return (
          <section key={kind} aria-label={title}>
            <h2 className="font-medium">
              {title} ({formatCount(counts[kind] ?? 0)})
            </h2>
            <p className="text-muted text-sm">{says}</p>
            <ul className="mt-1">
              {rows.map((one, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: findings have no identity but their place
                <FindingRow key={index} agentId={agentId} finding={one} />
              ))}
            </ul>
            {more > 0 && <p className="py-1 text-muted text-sm">{formatCount(more)} more of these.</p>}
          </section>
        );
      })}
    </>
  );
}
