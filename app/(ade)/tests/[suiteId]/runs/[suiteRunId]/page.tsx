import { SuiteRunPage } from "@/components/suite/suite-run-page";

export default async function SuiteRun({ params }: { params: Promise<{ suiteId: string; suiteRunId: string }> }) {
  const { suiteId, suiteRunId } = await params;
  return <SuiteRunPage key={suiteRunId} suiteId={suiteId} suiteRunId={suiteRunId} />;
}
