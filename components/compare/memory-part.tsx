import type { BlockVersion } from "@/lib/client/api/wire";
import {
  type BlockPair,
  type ContextDiffSection,
  causesOfPair,
  isEqualPair,
  pairBlocks,
} from "@/lib/client/time/comparison";
import { LineDiff } from "../diff/line-diff";
import { DiffFrame, Part, PartItem } from "./part";

type MemoryPartProps = {
  before: readonly BlockVersion[];
  after: readonly BlockVersion[];
  sections: readonly ContextDiffSection[];
  onStep: (stepId: string) => void;
};

/** The blocks as they were after both steps. */
export function MemoryPart({ before, after, sections, onStep }: MemoryPartProps) {
  const pairs = pairBlocks(before, after);
  const changed = pairs.filter((pair) => !isEqualPair(pair));
  return (
    <Part
      title="Memory"
      noun={["block", "blocks"]}
      equal={pairs.filter(isEqualPair).map((pair) => pair.label)}
      changed={changed.map((pair) => (
        <PartItem
          key={pair.id}
          name={<span className="text-memory">{pair.label}</span>}
          change={pair.before ? (pair.after ? "changed" : "removed") : "added"}
          note={versionsOf(pair)}
          causes={causesOfPair(pair, sections)}
          onStep={onStep}
        >
          <DiffFrame>
            <LineDiff before={pair.before?.value ?? ""} after={pair.after?.value ?? ""} />
          </DiffFrame>
        </PartItem>
      ))}
    />
  );
}

function versionsOf({ before, after }: BlockPair): string {
  if (before && after) return `v${before.number} → v${after.number}`;
  return `v${(after ?? before)!.number}`;
}
