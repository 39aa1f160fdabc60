"use client";
import { useEffect, useState } from "react";
import { formatDuration } from "@/lib/client/screen/format";

const TICK_MS = 100;

/** The time since a moment, which goes on. @param since milliseconds of the epoch */
export function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return <span className="tabular-nums">{formatDuration(Math.max(0, now - since))}</span>;
}
