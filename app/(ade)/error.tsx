"use client";
import { Problem } from "@/components/shell/problem";

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return <Problem error={error} onRetry={reset} />;
}
