import type { WireHealthFinding } from "@/lib/api/memory-health";

type Finding = WireHealthFinding;

const NOTHING = {
  block_id: null,
  label: null,
  line: null,
  passage_id: null,
  version_id: null,
  step_id: null,
  created_at: null,
  others: [],
  sources: [],
  later: [],
  later_count: 0,
} satisfies Partial<Finding>;

/** A finding of which is said what is known. */
export const finding = (given: Pick<Finding, "kind" | "text" | "detail"> & Partial<Finding>): Finding => ({
  ...NOTHING,
  ...given,
});
