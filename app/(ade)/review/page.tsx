import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { ReviewPage } from "@/components/review/review-page";
import { proposalsList, readReviewFilter } from "@/lib/client/memory/review-queries";

export const metadata: Metadata = { title: "Review" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function Review({ searchParams }: Props) {
  const given = await searchParams;
  const filter = readReviewFilter({ get: (name) => [given[name]].flat()[0] ?? null });
  return (
    <FirstData asks={[proposalsList(filter)]}>
      <ReviewPage />
    </FirstData>
  );
}
