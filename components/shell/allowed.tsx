"use client";
import type { ReactNode } from "react";
import { type OperationId, useMay } from "@/lib/client/access/permissions";
import { cn } from "../ui/cn";

type AllowedProps = {
  needs: OperationId;
  /** Who may use it, in a sentence, for who may not. */
  what: string;
  className?: string;
  children: ReactNode;
};

/** Fields and buttons that change something: for who may not do that they are shown, off, with the reason above. */
export function Allowed({ needs, what, className, children }: AllowedProps) {
  const { why } = useMay(needs);
  return (
    <>
      {why !== null && (
        <p className="mb-2 text-muted text-sm">
          {why} {what}
        </p>
      )}
      <fieldset disabled={why !== null} className={cn("min-w-0", className)}>
        {children}
      </fieldset>
    </>
  );
}
