"use client";
import { useId } from "react";
import type { SchemaField } from "@/lib/client/schema-form";
import { Input, Select, Textarea } from "../ui/input";

type SchemaFormProps = {
  fields: readonly SchemaField[];
  texts: Readonly<Record<string, string>>;
  problems: Readonly<Record<string, string>>;
  onChange: (name: string, text: string) => void;
};

/** A form for the arguments of a tool, made from its schema. */
export function SchemaForm({ fields, texts, problems, onChange }: SchemaFormProps) {
  if (fields.length === 0) return <p className="text-muted">It takes no arguments.</p>;
  return (
    <div className="flex flex-col gap-3">
      {fields.map((field) => (
        <FieldOfSchema
          key={field.name}
          field={field}
          text={texts[field.name] ?? field.initial}
          problem={problems[field.name] ?? null}
          onChange={(text) => onChange(field.name, text)}
        />
      ))}
    </div>
  );
}

type FieldProps = { field: SchemaField; text: string; problem: string | null; onChange: (text: string) => void };

function FieldOfSchema({ field, text, problem, onChange }: FieldProps) {
  const id = useId();
  const described = [field.description && `${id}-what`, problem && `${id}-problem`].filter(Boolean).join(" ");
  const control = {
    id,
    "aria-invalid": problem !== null,
    "aria-required": field.required,
    ...(described ? { "aria-describedby": described } : {}),
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="flex items-baseline gap-2 text-sm">
        <span className="min-w-0 truncate font-mono">{field.name}</span>
        <span className="text-muted text-xs">
          {KINDS[field.kind]}
          {!field.required && ", optional"}
        </span>
      </label>
      <Control field={field} text={text} onChange={onChange} control={control} />
      {field.description && (
        <p id={`${id}-what`} className="text-muted text-sm">
          {field.description}
        </p>
      )}
      {problem && (
        <p id={`${id}-problem`} className="text-error text-sm">
          {problem}
        </p>
      )}
    </div>
  );
}

const KINDS: Record<SchemaField["kind"], string> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "yes or no",
  choice: "one of",
  json: "JSON",
};

type ControlProps = {
  field: SchemaField;
  text: string;
  onChange: (text: string) => void;
  control: { id: string; "aria-invalid": boolean };
};

function Control({ field, text, onChange, control }: ControlProps) {
  switch (field.kind) {
    case "choice":
    case "boolean": {
      const options: readonly [value: string, shown: string][] =
        field.kind === "boolean"
          ? [
              ["true", "yes"],
              ["false", "no"],
            ]
          : field.choices.map((choice, index) => [String(index), String(choice)]);
      return (
        <Select {...control} value={text} onChange={(event) => onChange(event.target.value)}>
          <option value="">{field.required ? "Choose…" : "not given"}</option>
          {options.map(([value, shown]) => (
            <option key={value} value={value}>
              {shown}
            </option>
          ))}
        </Select>
      );
    }
    case "integer":
    case "number":
      return <Input {...control} inputMode="decimal" value={text} onChange={(event) => onChange(event.target.value)} />;
    case "string":
      return (
        <Textarea
          {...control}
          rows={1}
          className="min-h-7 py-0.5"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "json":
      return (
        <Textarea
          {...control}
          className="font-mono text-sm"
          placeholder='["a", "b"] or {"key": 1}'
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}
