import { formatCount } from "@/lib/client/screen/format";
import { type ContextDiffSection, textOf } from "@/lib/client/time/comparison";
import { sectionName } from "@/lib/client/time/section-kinds";
import { signed } from "@/lib/client/time/timeline";
import { LineDiff } from "../diff/line-diff";
import { type Change, DiffFrame, Part, PartItem } from "./part";

type SectionsPartProps = {
  title: string;
  sections: readonly ContextDiffSection[];
  onStep: (stepId: string) => void;
};

/** Sections of the context, as the model was shown them in both steps. */
export function SectionsPart({ title, sections, onStep }: SectionsPartProps) {
  const changed = sections.filter((section) => section.change !== "same");
  return (
    <Part
      title={title}
      noun={["section", "sections"]}
      equal={sections.filter((section) => section.change === "same").map(sectionName)}
      changed={changed.map((section) => (
        <PartItem
          key={`${section.kind}:${section.label}`}
          name={sectionName(section)}
          change={section.change as Change}
          note={`${formatCount(section.tokens_before)} → ${formatCount(section.tokens_after)} tokens (${signed(section.tokens_after - section.tokens_before)})`}
          causes={section.causes}
          onStep={onStep}
        >
          <DiffFrame>
            <LineDiff before={textOf(section, "before")} after={textOf(section, "after")} />
          </DiffFrame>
        </PartItem>
      ))}
    />
  );
}
