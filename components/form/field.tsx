"use client";
import { type ReactNode, useId } from "react";

type FieldProps = { label: string; hint?: ReactNode; children: (id: string) => ReactNode };

/** A labelled control. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex min-h-5 items-center gap-2">
        <label htmlFor={id} className="text-muted text-sm">
          {label}
        </label>
        {hint && <span className="ml-auto text-muted text-sm">{hint}</span>}
      </div>
      {children(id)}
    </div>
  );
}
