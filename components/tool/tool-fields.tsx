"use client";
import {
  IDEMPOTENT,
  MEMORY,
  problemsOfRequirements,
  type RequirementKind,
  TIMEOUT,
  withTag,
} from "@/lib/client/tool/tool-draft";
import { readTags, type SourceLanguage } from "@/lib/client/tool/tools";
import type { ToolDraftState } from "@/lib/client/tool/use-tool-draft";
import { Check } from "../form/check";
import { AreaField, TextField } from "../form/text-field";
import { RequirementRows } from "./requirement-rows";

type ToolFieldsProps = {
  state: ToolDraftState;
  /** Of a tool whose code runs here; null for one that runs elsewhere. */
  language: Exclude<SourceLanguage, "json"> | null;
  /** Of a tool that is being made, whose description is in its source. */
  isNew?: boolean;
  /** What the server answered last, which may be about a package. */
  said?: string;
};

/** How a tool is described and run. */
export function ToolFields({ state, language, isNew = false, said = "" }: ToolFieldsProps) {
  const { draft, change, problems } = state;
  return (
    <>
      <AreaField
        label="Description"
        placeholder={isNew ? "As the source has it, if left empty" : undefined}
        value={draft.description}
        onChange={(description) => change({ description })}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField label="Tags, separated by commas" value={draft.tags} onChange={(tags) => change({ tags })} />
        <TextField
          label="A return is cut at, in characters"
          inputMode="numeric"
          value={draft.limit}
          problem={problems.limit}
          onChange={(limit) => change({ limit })}
        />
      </div>
      <Check checked={draft.approval} onChange={(approval) => change({ approval })}>
        Wait for a person's approval, in agents that it is attached to from now on
      </Check>
      <Check checked={draft.parallel} onChange={(parallel) => change({ parallel })}>
        May run beside other calls of the same turn
      </Check>
      <Check
        checked={readTags(draft.tags).includes(IDEMPOTENT)}
        onChange={(isThere) => change({ tags: withTag(draft.tags, IDEMPOTENT, isThere) })}
        hint="A call that a crash of the server cut off is made again, instead of being told to the agent as interrupted. For tools that do no harm twice. It is the tag idempotent."
      >
        May be run again after a crash
      </Check>
      {language && <CodeFields state={state} language={language} said={said} />}
    </>
  );
}

const PACKAGES: Record<Exclude<SourceLanguage, "json">, RequirementKind> = { python: "pip", typescript: "npm" };

type CodeFieldsProps = { state: ToolDraftState; language: Exclude<SourceLanguage, "json">; said: string };

/** What the sandbox gives a tool's code. */
function CodeFields({ state: { draft, change, problems }, language, said }: CodeFieldsProps) {
  const kind = PACKAGES[language];
  return (
    <>
      <h3 className="pt-2 font-medium">Limits and network</h3>
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label="Time-out of a call, in seconds"
          inputMode="decimal"
          placeholder={String(TIMEOUT.usual)}
          value={draft.timeout}
          problem={problems.timeout}
          onChange={(timeout) => change({ timeout })}
        />
        <TextField
          label="Memory, in MB"
          inputMode="numeric"
          placeholder={String(MEMORY.usual)}
          value={draft.memory}
          problem={problems.memory}
          onChange={(memory) => change({ memory })}
        />
      </div>
      <AreaField
        label="Hosts that it may fetch from"
        hint="one in a line; none: no network"
        placeholder={"api.example.com\n*.example.org"}
        className="font-mono text-sm"
        value={draft.hosts}
        problem={problems.hosts}
        onChange={(hosts) => change({ hosts })}
      />
      <RequirementRows
        kind={kind}
        rows={draft[kind]}
        problems={{ ...problemsOfRequirements(kind, draft[kind], said), ...problems[kind] }}
        onChange={(rows) => change({ [kind]: rows })}
      />
    </>
  );
}
