"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  type FairUse,
  fairUseQuery,
  LIMITS,
  type LimitName,
  type Limits,
  readLimit,
  setLimits,
} from "@/lib/client/access/fair-use";
import { useMay } from "@/lib/client/access/permissions";
import { queryKeys } from "@/lib/client/api/query-keys";
import { formatCount, formatDollars } from "@/lib/client/screen/format";
import { TextField } from "../form/text-field";
import { FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

/** What the organization, or one of its keys, may use, and what of it is used up. */
export function FairUsePart({ keyId }: { keyId: string | null }) {
  const use = useQuery(fairUseQuery(keyId));
  if (use.isError) return <Problem error={use.error} onRetry={() => void use.refetch()} className="m-0" />;
  if (!use.data) return <SkeletonRows rows={4} label="Loading what is used up" />;
  // The form begins with what is in force: it is another once that is.
  return <Form key={JSON.stringify(use.data.limits)} of={use.data} keyId={keyId} />;
}

type Draft = Record<LimitName, string>;
const draftOf = (limits: Limits) =>
  Object.fromEntries(LIMITS.map(({ name }) => [name, limits[name] === null ? "" : String(limits[name])])) as Draft;

function Form({ of, keyId }: { of: FairUse; keyId: string | null }) {
  const client = useQueryClient();
  const { why } = useMay("limits.update");
  const [draft, setDraft] = useState(() => draftOf(of.limits));
  const save = useMutation({
    mutationFn: (limits: Limits) => setLimits(keyId, limits),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.fairUse(keyId) }),
  });
  const read = Object.fromEntries(LIMITS.map(({ name }) => [name, readLimit(name, draft[name])]));
  const isValid = LIMITS.every(({ name }) => read[name] !== undefined);
  const isDirty = LIMITS.some(({ name }) => draft[name].trim() !== draftOf(of.limits)[name]);
  return (
    <FormFrame
      label={keyId ? "Limits of the key" : "Limits of the organization"}
      columns
      onSubmit={() => isValid && save.mutate(read as Limits)}
    >
      {LIMITS.map(({ name, label, unit }) => (
        <div key={name} className="flex flex-col gap-1">
          <TextField
            label={label}
            inputMode="decimal"
            placeholder="no limit"
            autoComplete="off"
            readOnly={why !== null}
            problem={read[name] === undefined ? "A number above nothing, or nothing for no limit." : null}
            value={draft[name]}
            onChange={(text) => setDraft((before) => ({ ...before, [name]: text }))}
          />
          <UsedLine name={name} unit={unit} of={of} />
        </div>
      ))}
      <div className="flex flex-wrap items-center gap-2 sm:col-span-2">
        {why === null ? (
          <Button type="submit" disabled={!isDirty || !isValid || save.isPending}>
            {save.isPending ? "Saving…" : "Save the limits"}
          </Button>
        ) : (
          <p className="text-muted text-sm">{why} Owners and admins set limits.</p>
        )}
        {of.unpriced_steps > 0 && (
          <p className="text-muted text-sm">
            The price of {formatCount(of.unpriced_steps)} {of.unpriced_steps === 1 ? "step" : "steps"} of this month is
            not known: they are not in the dollars.
          </p>
        )}
      </div>
      {save.isError && <Problem error={save.error} className="m-0 sm:col-span-2" />}
    </FormFrame>
  );
}

function UsedLine({ name, unit, of }: { name: LimitName; unit: string; of: FairUse }) {
  const limit = of.limits[name];
  const used = of.used[name];
  const said = name === "dollars_per_month" ? formatDollars(used) : formatCount(used);
  if (name === "requests_per_minute" && limit === null) {
    return <p className="text-muted text-sm">counted where there is a limit</p>;
  }
  const share = limit === null ? 0 : used / limit;
  return (
    <>
      {limit !== null && (
        <span className="block h-1 overflow-hidden rounded-full bg-active" aria-hidden>
          <span
            className={cn("block h-full", share >= 0.8 ? "bg-error" : "bg-files")}
            style={{ width: `${Math.min(share, 1) * 100}%` }}
          />
        </span>
      )}
      <p className={cn("text-sm", share >= 0.8 ? "text-error" : "text-muted")}>
        {said} {unit}
        {limit !== null && `, ${Math.floor(share * 100)} % of the limit`}
      </p>
    </>
  );
}
