import { familyOf } from "../family";
import type { ModelInfo } from "../registry";

/** What a protocol or a family of models takes; what is not named it takes as it is. */
export type Rules = {
  /** Of a call's id. */
  ids: { pattern: RegExp; longest: number; exact?: number };
  /** Whether the first message must be the user's, and the last not the assistant's. */
  userFirst: boolean;
  userLast: boolean;
  /** Whether nobody may speak twice in a row, nor the user right after a tool. */
  strictTurns: boolean;
  maxTools: number | null;
  schema: "openai" | "gemini" | "inlined";
  /** Whether a blank return is refused. */
  fullReturns: boolean;
};

const ANY_ID = { pattern: /^[\s\S]+$/, longest: Number.POSITIVE_INFINITY };
const WORD_ID = /^[a-zA-Z0-9_-]+$/;

const CHAT: Rules = {
  ids: ANY_ID,
  userFirst: false,
  userLast: false,
  strictTurns: false,
  maxTools: 128,
  schema: "inlined",
  fullReturns: false,
};

/** By protocol; families change it below. */
const PROTOCOLS: Record<string, Partial<Rules>> = {
  anthropic: {
    ids: { pattern: WORD_ID, longest: 64 },
    userFirst: true,
    userLast: true,
    maxTools: null,
    schema: "openai",
    fullReturns: true,
  },
  azure: { ids: { pattern: WORD_ID, longest: 40 }, schema: "openai" },
  google_ai: { ids: ANY_ID, userFirst: true, userLast: true, schema: "gemini" },
  google_vertex: { ids: { pattern: WORD_ID, longest: 64 }, userFirst: true, userLast: true, schema: "gemini" },
};

/** By family, over chat completions. */
const FAMILIES: Record<string, Partial<Rules>> = {
  claude: PROTOCOLS.anthropic!,
  gpt: { ids: { pattern: WORD_ID, longest: 40 }, schema: "openai" },
  gemini: { userFirst: true, userLast: true, schema: "gemini" },
  gemma: { userFirst: true, userLast: true, strictTurns: true },
  mistral: {
    ids: { pattern: /^[a-zA-Z0-9]{9}$/, longest: 9, exact: 9 },
    userFirst: true,
    userLast: true,
    strictTurns: true,
  },
};

export function rulesFor(info: ModelInfo): Rules {
  const own = PROTOCOLS[info.providerType] ?? FAMILIES[familyOf(info.name)];
  return { ...CHAT, ...own };
}
