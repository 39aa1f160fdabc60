import type { Cause } from "../cause";

/** One text or several: all of them are meant. */
export type Texts = string | string[];

/** What is asked of a text. `ignore_case` is true unless switched off: facts are compared, not spellings. */
export type TextCheck = {
  contains?: Texts | undefined;
  lacks?: Texts | undefined;
  matches?: Texts | undefined;
  lacks_match?: Texts | undefined;
  equals?: string | undefined;
  ignore_case?: boolean | undefined;
};

export type ReplyCheck = TextCheck & {
  /** Of what the agent said: its last answer, any, or each. */
  of?: "last" | "any" | "each" | undefined;
  equals_json?: unknown;
  schema?: Record<string, unknown> | undefined;
  at_least?: number | undefined;
  at_most?: number | undefined;
};

export type ToolsCheck = {
  called?: Texts | undefined;
  never?: Texts | undefined;
  /** By tool: arguments that one of its calls had, at least these. */
  arguments?: Record<string, Record<string, unknown>> | undefined;
  /** Called one after the other, with whatever between them. */
  order?: string[] | undefined;
  at_most?: number | Record<string, number> | undefined;
};

export type Author = Cause["kind"];

export type MemoryCheck = TextCheck & {
  /** A block's label; all blocks, where there is none. */
  block?: string | undefined;
  at_most?: number | undefined;
  unchanged?: boolean | undefined;
  /** Who wrote what `contains` names. */
  written_by?: Author | Author[] | undefined;
  /** Nothing is written once one of these tools has returned. */
  unwritten_after?: Texts | undefined;
};

export type ArchiveCheck = {
  holds?: Texts | undefined;
  lacks?: Texts | undefined;
  at_least?: number | undefined;
  at_most?: number | undefined;
  ignore_case?: boolean | undefined;
};

export type SearchCheck = { query: string; finds: Texts; within?: number | undefined };

export type ContextCheck = {
  at_most?: number | undefined;
  has?: Texts | undefined;
  lacks?: Texts | undefined;
};

export type LimitsCheck = {
  steps?: number | undefined;
  seconds?: number | undefined;
  tokens?: number | undefined;
  cost?: number | undefined;
  stop?: Texts | undefined;
};

export type JudgeCheck = { rubric: Texts; model?: string | undefined };
export type CodeCheck = { language: "python" | "typescript"; source: string };

/** One check has one of these keys. */
export type Check = {
  reply?: ReplyCheck | undefined;
  tools?: ToolsCheck | undefined;
  memory?: MemoryCheck | undefined;
  archive?: ArchiveCheck | undefined;
  search?: SearchCheck | undefined;
  context?: ContextCheck | undefined;
  limits?: LimitsCheck | undefined;
  judge?: JudgeCheck | undefined;
  code?: CodeCheck | undefined;
};
export type CheckKind = keyof Check;

/** What one expectation came to. */
export type Finding = {
  kind: CheckKind;
  /** What was expected, in a sentence. */
  expected: string;
  passed: boolean;
  /** What was found, or why nothing could be. */
  found: string;
  /** The step that did it, where one did. */
  step_id: string | null;
};

export type ObservedCall = {
  name: string;
  /** JSON, as the model sent it. */
  arguments: string;
  status: string;
  step_id: string;
};

export type ObservedTurn = {
  said: string;
  replies: string[];
  calls: ObservedCall[];
  run_id: string;
  step_id: string | null;
  stop_reason: string | null;
  error: string | null;
};

export type ObservedWrite = {
  /** A block's label; null for the archive. */
  label: string | null;
  step_id: string | null;
  by: Author;
};

export type ObservedBlock = {
  label: string;
  /** Null for a block that was not there then. */
  before: string | null;
  after: string | null;
  /** Who wrote each stretch of `after`. */
  authors: { text: string; by: Author; step_id: string | null }[];
};

/** What is known of a case once it was run: plain data, as `code` checks are given it. */
export type Observed = {
  turns: ObservedTurn[];
  blocks: ObservedBlock[];
  /** What was written while the case ran, in order. */
  writes: ObservedWrite[];
  archive: { before: string[]; after: string[] };
  /** What searches of the archive found, best first, by query. */
  searches: Record<string, string[]>;
  context: { tokens: number; sections: string[]; step_id: string } | null;
  used: { steps: number; seconds: number; tokens: number; cost: number | null };
};
