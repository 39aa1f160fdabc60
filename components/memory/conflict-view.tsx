"use client";
import { useDeferredValue, useState } from "react";
import type { BlockVersion } from "@/lib/client/api/wire";
import { Changes } from "../diff/changes";
import { LineDiff } from "../diff/line-diff";
import { Field } from "../form/field";
import { CauseLine } from "../shell/cause-line";
import { Button } from "../ui/button";
import { Textarea } from "../ui/input";

type ConflictViewProps = { mine: string; theirs: BlockVersion; onChoose: (value: string) => void };

/** Two texts for one block: what was being written here, and what another writer saved first. */
export function ConflictView({ mine, theirs, onChoose }: ConflictViewProps) {
  const [merged, setMerged] = useState(mine);
  const compared = useDeferredValue(merged);
  return (
    <div className="flex flex-col gap-3 p-4">
      <div role="alert">
        <p className="font-medium">The block was changed while you were writing</p>
        <p className="text-muted">
          Version {theirs.number} was saved <CauseLine cause={theirs.cause} className="text-base" />. Nothing of it was
          overwritten. Edit your text until it has what both should keep, then go on and save.
        </p>
      </div>
      <div className="grid gap-3 md:grid-cols-2">
        <Field label={`Version ${theirs.number}, theirs`}>
          {(id) => <Textarea id={id} readOnly value={theirs.value} className="min-h-48 font-mono text-sm" />}
        </Field>
        <Field label="Yours">
          {(id) => (
            <Textarea
              id={id}
              value={merged}
              onChange={(event) => setMerged(event.target.value)}
              className="min-h-48 font-mono text-sm"
            />
          )}
        </Field>
      </div>
      <div className="rounded-md border border-line">
        <p className="px-3 pt-2 text-muted text-sm">What yours would change of theirs</p>
        <Changes label="What yours would change of theirs" className="max-h-80">
          <LineDiff before={theirs.value} after={compared} />
        </Changes>
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => onChoose(theirs.value)}>Take theirs</Button>
        <Button tone="primary" onClick={() => onChoose(merged)}>
          Go on with mine
        </Button>
      </div>
    </div>
  );
}
