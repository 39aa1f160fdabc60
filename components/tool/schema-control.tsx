"use client";
import type { SchemaField } from "@/lib/client/tool/schema-form";
import { Input, Select, Textarea } from "../ui/input";

type SchemaControlProps = {
  field: SchemaField;
  text: string;
  onChange: (text: string) => void;
  control: { id: string; "aria-invalid": boolean; "aria-required": boolean; "aria-describedby"?: string };
};

/** Where one value of a form is typed or chosen. */
export function SchemaControl({ field, text, onChange, control }: SchemaControlProps) {
  switch (field.kind) {
    case "choice":
    case "boolean":
      return (
        <Select {...control} value={text} onChange={(event) => onChange(event.target.value)}>
          <option value="">{field.required ? "Choose…" : "not given"}</option>
          {optionsOf(field).map(([value, shown]) => (
            <option key={value} value={value}>
              {shown}
            </option>
          ))}
        </Select>
      );
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
    default:
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

function optionsOf({ kind, choices }: SchemaField): readonly [value: string, shown: string][] {
  if (kind === "choice") return choices.map((choice, index) => [String(index), String(choice)]);
  return [
    ["true", "yes"],
    ["false", "no"],
  ];
}
