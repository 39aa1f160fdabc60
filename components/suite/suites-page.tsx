"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FlaskConical, Plus, ShieldAlert, Users } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Agent } from "@/lib/client/api/wire";
import { createSuite, draftSource, type Suite, suitesList, type Wanted } from "@/lib/client/suite/suite-queries";
import { Ago, Empty } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { ItemStatus } from "./item-status";
import { RunCounts, Trend } from "./run-progress";

/** Suites of tests: how each went the last time, and the times before. */
export function SuitesPage() {
  const suites = usePaged(suitesList());
  return (
    <ListPage
      title="Tests"
      code={[operation("suites.list", { method: "get", path: "/v1/suites", query: { limit: 50 }, named: false })]}
      action={
        <Button needs="suites.create" asChild tone="primary">
          <Link href="/tests/new">
            <Plus /> New suite
          </Link>
        </Button>
      }
    >
      {suites.error && <Problem error={suites.error} onRetry={suites.refetch} className="mx-0" />}
      {!suites.items && !suites.error && <SkeletonRows rows={5} label="Loading suites" />}
      {suites.items?.length === 0 && <FirstSuite />}
      <ul className="flex flex-col">
        {suites.items?.map((suite) => (
          <SuiteRow key={suite.id} suite={suite} />
        ))}
      </ul>
      <ListEnd list={suites} what="suites" />
    </ListPage>
  );
}

function SuiteRow({ suite }: { suite: Suite }) {
  const [last] = suite.recent_runs;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b py-2">
      <div className="min-w-0 flex-1 basis-56">
        <Link href={`/tests/${suite.id}`} className="font-medium hover:underline">
          {suite.name}
        </Link>
        <p className="truncate text-muted text-sm">
          {suite.cases.length} {suite.cases.length === 1 ? "case" : "cases"}
          {suite.description && ` · ${suite.description}`}
        </p>
      </div>
      {last ? (
        <p className="text-sm">
          <Link href={`/tests/${suite.id}/runs/${last.id}`} className="hover:underline">
            <RunCounts run={last} />
          </Link>{" "}
          <Ago at={last.created_at} className="text-muted" />
        </p>
      ) : (
        <p className="text-muted text-sm">never run</p>
      )}
      <Trend runs={suite.recent_runs} />
      {last?.status === "running" && <ItemStatus status="running" />}
    </li>
  );
}

const READY = [
  { ready: "basics", name: "Memory basics", icon: FlaskConical },
  { ready: "poisoning", name: "Poisoning pack", icon: ShieldAlert },
  { ready: "people", name: "Many people", icon: Users },
] as const;

/** Suites that are there to be run at once, for the agent that was made last. */
function FirstSuite() {
  const agents = usePaged(agentsList());
  const agent = agents.items?.find((one) => one.name === "Ada") ?? agents.items?.[0];
  return (
    <Empty title="No tests yet" action={agent && <ReadySuites agent={agent} />}>
      A test speaks with a copy of an agent, from any moment of its past, and checks what it says, calls and remembers.
      The agent itself is never touched.{" "}
      {agent ? `Begin with a ready suite for ${agent.name}:` : "Make an agent first."}
    </Empty>
  );
}

function ReadySuites({ agent }: { agent: Agent }) {
  const router = useRouter();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: async (ready: NonNullable<Wanted["ready"]>) =>
      createSuite(await draftSource({ agent_id: agent.id, ready })),
    onSuccess: async (suite) => {
      router.push(`/tests/${suite.id}`);
      await client.invalidateQueries({ queryKey: queryKeys.suiteList() });
    },
  });
  return (
    <>
      <div className="flex flex-wrap justify-center gap-2">
        {READY.map(({ ready, name, icon: Icon }, index) => (
          <Button
            needs="suites.create"
            key={ready}
            tone={index === 0 ? "primary" : "plain"}
            disabled={make.isPending}
            onClick={() => make.mutate(ready)}
          >
            <Icon /> {name}
          </Button>
        ))}
      </div>
      {make.isError && <Problem error={make.error} className="mx-0" />}
    </>
  );
}
