"use client";
import { Plus, X } from "lucide-react";
import { type ReactNode, useId } from "react";
import {
  type FormValue,
  type FormValues,
  newItem,
  type SchemaField,
  valueIn,
  whenGiven,
} from "@/lib/client/tool/schema-form";
import { Button } from "../ui/button";
import { SchemaControl } from "./schema-control";

type SchemaFormProps = {
  fields: readonly SchemaField[];
  values: FormValues;
  /** By the way to a field. */
  problems: Readonly<Record<string, string>>;
  onChange: (values: FormValues) => void;
};

/** A form for the arguments of a tool, made from its schema. */
export function SchemaForm({ fields, values, problems, onChange }: SchemaFormProps) {
  if (fields.length === 0) return <p className="text-muted">It takes no arguments.</p>;
  return <Fields fields={fields} values={values} way="" problems={problems} onChange={onChange} />;
}

function Fields({ fields, values, way, problems, onChange }: SchemaFormProps & { way: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {fields.map((field) => (
        <Part
          key={field.name}
          field={field}
          label={field.name}
          value={valueIn(values, field)}
          way={`${way}${field.name}`}
          problems={problems}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
        />
      ))}
    </div>
  );
}

type PartProps = {
  field: SchemaField;
  label: string;
  value: FormValue;
  way: string;
  problems: Readonly<Record<string, string>>;
  onChange: (value: FormValue) => void;
  /** Takes it out of the list that it stands in. */
  onRemove?: () => void;
};

function Part(props: PartProps) {
  const { field, value, way, problems, onChange } = props;
  if (typeof value === "string") return <Leaf {...props} text={value} />;
  return (
    <Group {...props}>
      {value === null ? null : isList(value) ? (
        <Items {...props} items={value} />
      ) : (
        <Fields fields={field.fields} values={value} way={`${way}.`} problems={problems} onChange={onChange} />
      )}
    </Group>
  );
}

const isList = (value: readonly FormValue[] | FormValues): value is readonly FormValue[] => Array.isArray(value);

/** An object or a list: what is in it, or that it is not given. */
function Group({
  field,
  label,
  value,
  way,
  problems,
  onChange,
  onRemove,
  children,
}: PartProps & { children: ReactNode }) {
  const id = useId();
  const problem = problems[way];
  return (
    <fieldset className="min-w-0" {...(problem ? { "aria-describedby": id } : {})}>
      <legend className="sr-only">{label}</legend>
      <div className="flex items-baseline gap-2 text-sm">
        <span aria-hidden className="min-w-0 truncate font-mono">
          {label}
        </span>
        <Kind field={field} />
        {value === null ? (
          <Button size="sm" className="ml-auto" aria-label={`Give ${label}`} onClick={() => onChange(whenGiven(field))}>
            <Plus /> Give it
          </Button>
        ) : (
          (onRemove || !field.required) && (
            <Button
              tone="ghost"
              size="icon-sm"
              className="ml-auto"
              aria-label={onRemove ? `Remove ${label}` : `Do not give ${label}`}
              onClick={onRemove ?? (() => onChange(null))}
            >
              <X />
            </Button>
          )
        )}
      </div>
      {field.description && <p className="text-muted text-sm">{field.description}</p>}
      {problem && (
        <p id={id} className="text-error text-sm">
          {problem}
        </p>
      )}
      {children && <div className="mt-1 border-line border-l-2 pl-3">{children}</div>}
    </fieldset>
  );
}

function Items({ field, label, items, way, problems, onChange }: PartProps & { items: readonly FormValue[] }) {
  const { item } = field;
  if (!item) return null;
  return (
    <div className="flex flex-col gap-2">
      {items.map((value, index) => (
        <Part
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place; what stands in it is typed
          key={index}
          field={item}
          label={`${label} ${index + 1}`}
          value={value}
          way={`${way}.${index}`}
          problems={problems}
          onChange={(next) => onChange(items.map((one, at) => (at === index ? next : one)))}
          onRemove={() => onChange(items.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button size="sm" aria-label={`Add to ${label}`} onClick={() => onChange([...items, newItem(field)])}>
          <Plus /> Add
        </Button>
      </div>
    </div>
  );
}

function Leaf({ field, label, text, way, problems, onChange, onRemove }: PartProps & { text: string }) {
  const id = useId();
  const problem = problems[way] ?? null;
  const described = [field.description && `${id}-what`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="flex items-baseline gap-2 text-sm">
        <span className="min-w-0 truncate font-mono">{label}</span>
        <Kind field={field} />
      </label>
      <div className="flex gap-1">
        <SchemaControl
          field={field}
          text={text}
          onChange={onChange}
          control={{
            id,
            "aria-invalid": problem !== null,
            "aria-required": field.required,
            ...(described ? { "aria-describedby": described } : {}),
          }}
        />
        {onRemove && (
          <Button tone="ghost" size="icon" aria-label={`Remove ${label}`} onClick={onRemove}>
            <X />
          </Button>
        )}
      </div>
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
  object: "object",
  list: "list",
  json: "JSON",
};

function Kind({ field }: { field: SchemaField }) {
  return (
    <span className="shrink-0 text-muted text-xs">
      {KINDS[field.kind]}
      {!field.required && ", optional"}
    </span>
  );
}
