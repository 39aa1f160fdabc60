"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { fairUseQuery, nearlyUsedUp } from "@/lib/client/access/fair-use";

/** That a limit of the organization is used up, or nearly: before anybody is refused. */
export function UsedUpNote() {
  const { data } = useQuery(fairUseQuery(null));
  const full = data ? nearlyUsedUp(data) : [];
  if (full.length === 0) return null;
  return (
    <p role="status" className="rounded-md border border-error/40 p-3">
      {full.map(({ label, share }) => `${label}: ${Math.floor(share * 100)} % of the limit`).join(" · ")}.{" "}
      <Link href="/settings#fair-use" className="text-accent underline">
        Fair use
      </Link>
    </p>
  );
}
