"use client";
import type { ReactNode } from "react";
import { signatureOf } from "@/lib/client/tool/schema-form";
import { LANGUAGE_NAMES, type SourceLanguage } from "@/lib/client/tool/tools";
import type { Draft } from "@/lib/client/tool/use-source";
import { SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { CodeField } from "./code-field";
import { JsonView } from "./json-view";

type SourcePartProps = {
  draft: Draft;
  language: SourceLanguage;
  onChange: (text: string) => void;
  actions: ReactNode;
};

/** The source of a tool with what is wrong with it at its line, and the schema that is read from it as one types. */
export function SourcePart({ draft, language, onChange, actions }: SourcePartProps) {
  const { code, problem, error, schema, isReading } = draft;
  return (
    <>
      <section aria-label="Source" className="min-w-0">
        <SectionHead title="Source" note={LANGUAGE_NAMES[language]}>
          {actions}
        </SectionHead>
        <CodeField
          className="h-[26rem]"
          label="Source of the tool"
          language={language}
          value={code}
          onChange={onChange}
          problem={problem}
        />
        <div className="flex min-h-6 items-start justify-between gap-3 pt-1 text-sm">
          <p role="status" className={problem ? "min-w-0 break-words text-error" : "text-muted"}>
            {problem ? `${problem.line === null ? "" : `Line ${problem.line}: `}${problem.message}` : sayState(draft)}
          </p>
          <p className="hidden shrink-0 text-muted sm:block">Esc, then Tab leaves the editor</p>
        </div>
        {error && <Problem error={error} className="mx-0" />}
      </section>
      <SchemaPart schema={schema} isReading={isReading} />
    </>
  );
}

function sayState({ isReading, schema }: Draft): string {
  if (isReading) return "Reading…";
  return schema ? "Nothing wrong found." : "";
}

/** What a model is told of a tool: its name, what it does, and what it is called with. */
export function SchemaPart({
  schema,
  isReading = false,
}: {
  schema: Record<string, unknown> | null;
  isReading?: boolean;
}) {
  return (
    <section aria-label="What the model is told" aria-busy={isReading} className="min-w-0">
      <SectionHead title="What the model is told" />
      {schema ? (
        <div className="flex flex-col gap-2 px-3">
          <p>
            <span className="font-mono text-tools">{String(schema.name)}</span>
          </p>
          {typeof schema.description === "string" && (
            <p className="whitespace-pre-wrap break-words">{schema.description}</p>
          )}
          <dl className="grid gap-x-4 sm:grid-cols-[fit-content(50%)_1fr] sm:gap-y-1">
            {signatureOf(schema).map((one) => (
              <div key={one.name} className="contents">
                <dt className="break-words font-mono text-sm">
                  {one.name}
                  <span className="text-muted">
                    {one.required ? "" : "?"}: {one.type}
                  </span>
                </dt>
                <dd className="break-words text-muted">{one.text}</dd>
              </div>
            ))}
          </dl>
          <details>
            <summary className="text-muted text-sm">JSON schema</summary>
            <div className="pt-2">
              <JsonView label="JSON schema" text={JSON.stringify(schema)} />
            </div>
          </details>
        </div>
      ) : (
        <p className="px-3 text-muted">It is shown here as soon as the source can be read.</p>
      )}
    </section>
  );
}
