import { SuitePage } from "@/components/suite/suite-page";

export default async function Suite({ params }: { params: Promise<{ suiteId: string }> }) {
  const { suiteId } = await params;
  return <SuitePage key={suiteId} suiteId={suiteId} />;
}
