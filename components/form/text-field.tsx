"use client";
import type { ComponentProps, ReactNode } from "react";
import { Input, Select, Textarea } from "../ui/input";
import { Field } from "./field";

type Common<Tag extends "input" | "textarea" | "select"> = Omit<ComponentProps<Tag>, "value" | "onChange" | "id"> & {
  label: ReactNode;
  hint?: ReactNode;
  problem?: string | null | undefined;
  value: string;
  onChange: (text: string) => void;
};

/** A line of text with its label. */
export function TextField({ label, hint, problem, value, onChange, ...input }: Common<"input">) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <Input id={id} value={value} onChange={(event) => onChange(event.target.value)} {...described} {...input} />
      )}
    </Field>
  );
}

/** Lines of text with their label. */
export function AreaField({ label, hint, problem, value, onChange, ...area }: Common<"textarea">) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <Textarea id={id} value={value} onChange={(event) => onChange(event.target.value)} {...described} {...area} />
      )}
    </Field>
  );
}

/** One of several with its label; the options are its children. */
export function SelectField({ label, hint, problem, value, onChange, ...select }: Common<"select">) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <Select id={id} value={value} onChange={(event) => onChange(event.target.value)} {...described} {...select} />
      )}
    </Field>
  );
}
