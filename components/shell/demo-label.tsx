import { DEMO_MODEL } from "@/lib/client/api/wire";
import { Badge } from "../ui/badge";

/** Says that a model is the demo, wherever it is named; nothing for other models. */
export function DemoLabel({ model }: { model: string | null | undefined }) {
  if (model !== DEMO_MODEL) return null;
  return (
    <Badge
      tone="tools"
      title="A small fixed program answers, so that everything can be tried without a key. See Settings."
    >
      Demo model — not an LLM
    </Badge>
  );
}
