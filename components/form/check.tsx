"use client";
import type { ReactNode } from "react";

type CheckProps = {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** What it means, under its words. */
  hint?: ReactNode;
  children: ReactNode;
};

/** A switch with its words beside it. */
export function Check({ checked, onChange, hint, children }: CheckProps) {
  return (
    <label className="flex items-start gap-2">
      <input
        type="checkbox"
        className="mt-1 accent-accent"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="min-w-0">
        {children}
        {hint && <span className="block text-muted text-sm">{hint}</span>}
      </span>
    </label>
  );
}
