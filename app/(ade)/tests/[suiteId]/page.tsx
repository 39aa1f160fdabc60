import type { Metadata } from "next";
import { FirstData, nameOf } from "@/app/first-data";
import { SuitePage } from "@/components/suite/suite-page";
import { suiteQuery } from "@/lib/client/suite/suite-queries";

type Props = { params: Promise<{ suiteId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { suiteId } = await params;
  return { title: (await nameOf(suiteQuery(suiteId))) ?? "Tests" };
}

export default async function Suite({ params }: Props) {
  const { suiteId } = await params;
  return (
    <FirstData asks={[suiteQuery(suiteId)]}>
      <SuitePage key={suiteId} suiteId={suiteId} />
    </FirstData>
  );
}
