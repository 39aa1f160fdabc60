"use client";
import { Plus, X } from "lucide-react";
import { useId } from "react";
import type { Requirement, RequirementKind } from "@/lib/client/tool/tool-draft";
import { Button } from "../ui/button";
import { Input } from "../ui/input";

type RequirementRowsProps = {
  kind: RequirementKind;
  rows: readonly Requirement[];
  /** By row. */
  problems: Readonly<Record<number, string>>;
  onChange: (rows: readonly Requirement[]) => void;
};

const KINDS: Record<RequirementKind, { title: string; hint: string; name: string; version: string }> = {
  pip: {
    title: "Python packages",
    hint: "Wheels in pure Python. The standard library, requests and pydantic are there already.",
    name: "python-dateutil",
    version: "newest, or >=2,<3",
  },
  npm: {
    title: "npm packages",
    hint: "Bundled for the sandbox: no native code.",
    name: "dayjs",
    version: "newest, or ^1.11",
  },
};

/** The packages that a tool's code imports, one in a row, with what is wrong under it. */
export function RequirementRows({ kind, rows, problems, onChange }: RequirementRowsProps) {
  const id = useId();
  const { title, hint, name, version } = KINDS[kind];
  const change = (index: number, part: Partial<Requirement>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="pt-2 pb-1.5 font-medium">{title}</legend>
      {rows.map((row, index) => {
        const problem = problems[index];
        const described = problem ? { "aria-invalid": true, "aria-describedby": `${id}-${index}` } : {};
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; what stands in it is typed
          <div key={index}>
            <div className="flex gap-1.5">
              <Input
                aria-label={`Package ${index + 1}`}
                placeholder={name}
                maxLength={255}
                className="min-w-0 flex-[3] font-mono text-sm"
                value={row.name}
                onChange={(event) => change(index, { name: event.target.value })}
                {...described}
              />
              <Input
                aria-label={`Version of package ${index + 1}`}
                placeholder={version}
                maxLength={255}
                className="min-w-0 flex-[2] font-mono text-sm"
                value={row.version}
                onChange={(event) => change(index, { version: event.target.value })}
                {...described}
              />
              <Button
                tone="ghost"
                size="icon"
                aria-label={`Remove package ${index + 1}`}
                onClick={() => onChange(rows.filter((_, at) => at !== index))}
              >
                <X />
              </Button>
            </div>
            {problem && (
              <p id={`${id}-${index}`} role="alert" className="break-words pt-0.5 text-error text-sm">
                {problem}
              </p>
            )}
          </div>
        );
      })}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button size="sm" onClick={() => onChange([...rows, { name: "", version: "" }])}>
          <Plus /> Add a package
        </Button>
        <span className="text-muted text-sm">{hint}</span>
      </div>
    </fieldset>
  );
}
