"use client";
import type { ReactNode } from "react";

type CheckProps = { checked: boolean; onChange: (checked: boolean) => void; children: ReactNode };

/** A switch with its words beside it. */
export function Check({ checked, onChange, children }: CheckProps) {
  return (
    <label className="flex items-center gap-2">
      <input
        type="checkbox"
        className="accent-accent"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {children}
    </label>
  );
}
