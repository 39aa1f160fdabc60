"use client";
import { type ReactNode, useId } from "react";

/** What a control says of itself to those who can't see its problem. */
export type Described = { "aria-invalid"?: true; "aria-describedby"?: string };

type FieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with what stands in it. */
  problem?: string | null | undefined;
  children: (id: string, described: Described) => ReactNode;
};

/** A labelled control. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex min-h-5 items-center gap-2">
        <label htmlFor={id} className="text-muted text-sm">
          {label}
        </label>
        {hint && <span className="ml-auto text-muted text-sm">{hint}</span>}
      </div>
      {children(id, problem ? { "aria-invalid": true, "aria-describedby": `${id}-problem` } : {})}
      {problem && (
        <p id={`${id}-problem`} className="break-words text-error text-sm">
          {problem}
        </p>
      )}
    </div>
  );
}
