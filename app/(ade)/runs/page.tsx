import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { RunsPage } from "@/components/run/runs-page";
import { readRunFilter } from "@/lib/client/run/run-filter";
import { runQuery, runsList } from "@/lib/client/run/run-queries";

export const metadata: Metadata = { title: "Runs" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function Runs({ searchParams }: Props) {
  const given = await searchParams;
  const get = (name: string) => [given[name]].flat()[0] ?? null;
  const filter = readRunFilter({ get });
  const open = get("run");
  // When a day begins, only the browser knows.
  const asks = filter.from || filter.to ? [] : [runsList(filter)];
  return (
    <FirstData asks={[...asks, ...(open ? [runQuery(open)] : [])]}>
      <RunsPage />
    </FirstData>
  );
}
