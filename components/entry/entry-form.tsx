"use client";
import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from "react";
import type { Refusal } from "@/lib/client/access/entry";
import { explainError } from "@/lib/client/api/api-error";
import { type Described, Field } from "../form/field";
import { Button } from "../ui/button";
import { Input } from "../ui/input";

type Given = Pick<ComponentProps<"input">, "type" | "autoComplete" | "defaultValue" | "readOnly" | "inputMode">;
export type EntryField = Given & {
  name: string;
  label: string;
  hint?: string;
  /** What is said where nothing was given. */
  missing: string;
  /** So many characters at least. */
  least?: number;
};

type EntryFormProps = {
  label: string;
  fields: readonly EntryField[];
  button: string;
  pending: string;
  /** Null once all is well: then another page loads. */
  onSend: (values: Record<string, string>) => Promise<Refusal | null>;
  children?: ReactNode;
};

/** A form of few fields for who comes in, by keyboard or by a program that keeps passwords. Errors stand at their field. */
export function EntryForm({ label, fields, button, pending, onSend, children }: EntryFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [isPending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const input = (name: string) => form.current?.elements.namedItem(name) as HTMLInputElement | null;
  const first = fields.find((field) => !field.readOnly)?.name ?? "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the form appears
  useEffect(() => input(first)?.focus(), [first]);

  const last = fields.at(-1)!.name;
  const at = refusal && (fields.some(({ name }) => name === refusal.field) ? refusal.field : last);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each refusal
  useEffect(() => {
    if (at) input(at)?.select();
  }, [refusal]);

  async function send() {
    // Read where it stands: a browser that fills it in before this page listens says nothing of it.
    const values = Object.fromEntries(fields.map(({ name }) => [name, input(name)?.value ?? ""]));
    const wrong = missingIn(fields, values);
    if (wrong) return setRefusal(wrong);
    setPending(true);
    setRefusal(null);
    const answer = await onSend(values).catch((error: unknown) => ({
      field: last,
      problem: explainError(error).detail,
    }));
    if (answer === null) return;
    setRefusal(answer);
    setPending(false);
  }

  return (
    <form
      ref={form}
      aria-label={label}
      method="post"
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isPending) void send();
      }}
    >
      {children}
      {fields.map((field) => (
        <EntryInput key={field.name} field={field} problem={at === field.name ? refusal!.problem : null} />
      ))}
      <Button tone="primary" size="lg" type="submit" aria-disabled={isPending}>
        {isPending ? pending : button}
      </Button>
      <p role="status" className="sr-only">
        {refusal?.problem}
      </p>
    </form>
  );
}

function missingIn(fields: readonly EntryField[], values: Record<string, string>): Refusal | null {
  for (const { name, missing, least = 1 } of fields) {
    const { length } = values[name] ?? "";
    if (length === 0) return { field: name, problem: missing };
    if (length < least) return { field: name, problem: `It has ${length} of at least ${least} characters.` };
  }
  return null;
}

function EntryInput({ field, problem }: { field: EntryField; problem: string | null }) {
  const { label, hint, missing: _, least: _least, ...given } = field;
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) =>
        given.type === "password" ? (
          <PasswordInput id={id} given={given} described={described} />
        ) : (
          <Input id={id} {...PLAIN} className="h-8" {...given} {...described} />
        )
      }
    </Field>
  );
}

const PLAIN = { autoCapitalize: "none", autoCorrect: "off", spellCheck: false } as const;

type PasswordProps = { id: string; given: Given & { name: string }; described: Described };

function PasswordInput({ id, given, described }: PasswordProps) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="flex gap-1">
      <Input id={id} {...PLAIN} className="h-8" {...given} type={isShown ? "text" : "password"} {...described} />
      <Button
        size="icon"
        className="size-8"
        aria-label={isShown ? "Hide the password" : "Show the password"}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? <EyeOff /> : <Eye />}
      </Button>
    </div>
  );
}
