/**
 * What is known of models by name where neither their provider nor the catalog of others says it: window and longest
 * answer, in tokens. `firm` stands over a catalog: the window there counts the answer in, which may not be sent.
 */
type Known = { pattern: RegExp; contextWindow: number; maxTokens: number; firm?: true };

const KNOWN: Known[] = [
  { pattern: /^gpt-4o|^chatgpt-4o/, contextWindow: 128_000, maxTokens: 16_384 },
  { pattern: /^gpt-4\.1/, contextWindow: 1_047_576, maxTokens: 32_768 },
  { pattern: /^gpt-5(\.[0-3])?(-|$)/, contextWindow: 272_000, maxTokens: 128_000, firm: true },
  { pattern: /^gpt-5/, contextWindow: 272_000, maxTokens: 128_000 },
  { pattern: /^gpt-4-turbo/, contextWindow: 128_000, maxTokens: 4096 },
  { pattern: /^gpt-4/, contextWindow: 8192, maxTokens: 8192 },
  { pattern: /^gpt-3\.5/, contextWindow: 16_385, maxTokens: 4096 },
  { pattern: /^gpt-oss/, contextWindow: 131_072, maxTokens: 32_768 },
  { pattern: /^o[134]/, contextWindow: 200_000, maxTokens: 100_000 },
  { pattern: /^claude-3-/, contextWindow: 200_000, maxTokens: 8192 },
  { pattern: /^claude/, contextWindow: 200_000, maxTokens: 64_000 },
  { pattern: /^gemini/, contextWindow: 1_048_576, maxTokens: 65_536 },
  { pattern: /^deepseek/, contextWindow: 131_072, maxTokens: 8192 },
  { pattern: /^kimi-k[2-9]/, contextWindow: 262_144, maxTokens: 32_768 },
  { pattern: /^grok-[4-9]/, contextWindow: 256_000, maxTokens: 32_768 },
  { pattern: /^glm-(4\.[6-9]|[5-9])/i, contextWindow: 200_000, maxTokens: 65_536 },
  { pattern: /^glm-4\.5/i, contextWindow: 131_072, maxTokens: 65_536 },
  { pattern: /^minimax-m/i, contextWindow: 204_800, maxTokens: 65_536 },
  { pattern: /^(mistral|magistral|codestral|devstral|ministral)-/, contextWindow: 131_072, maxTokens: 16_384 },
  { pattern: /^llama-?3[.-][1-3]/i, contextWindow: 131_072, maxTokens: 8192 },
];

/** For models that nobody knows. */
const UNKNOWN = { contextWindow: 32_768, maxTokens: 4096 };

export type KnownLimits = { contextWindow: number; maxTokens: number; isKnown: boolean; isFirm: boolean };

/** By a model's name, with or without the vendor's before it. */
export function knownLimits(name: string): KnownLimits {
  const bare = name.slice(name.lastIndexOf("/") + 1);
  const known = KNOWN.find(({ pattern }) => pattern.test(bare));
  const { contextWindow, maxTokens } = known ?? UNKNOWN;
  return { contextWindow, maxTokens, isKnown: known !== undefined, isFirm: known?.firm === true };
}

const EMBEDDING_DIMENSIONS: Record<string, number> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
  "gemini-embedding-001": 3072,
  "nomic-embed-text": 768,
  "mxbai-embed-large": 1024,
  "all-minilm": 384,
  "all-minilm-l6-v2": 384,
  "nomic-embed-text-v1.5": 768,
  "text-embedding-004": 768,
  "gemini-embedding-2": 3072,
  "mistral-embed": 1024,
  "codestral-embed": 1536,
  "bge-m3": 1024,
  "bge-large-en-v1.5": 1024,
  "bge-base-en-v1.5": 768,
  "bge-small-en-v1.5": 384,
  "multilingual-e5-large-instruct": 1024,
  "snowflake-arctic-embed2": 1024,
  embeddinggemma: 768,
  "qwen3-embedding": 4096,
  "qwen3-embedding-8b": 4096,
  "qwen3-embedding-4b": 2560,
  "qwen3-embedding-0.6b": 1024,
};

/** @returns null for a name that is not known to embed. */
export function embeddingDimensions(name: string): number | null {
  const bare = name
    .slice(name.lastIndexOf("/") + 1)
    .replace(/^text-embedding-(?=nomic|bge|qwen|all-)/, "")
    .toLowerCase();
  return EMBEDDING_DIMENSIONS[bare.replace(":", "-")] ?? EMBEDDING_DIMENSIONS[bare.replace(/:.*$/, "")] ?? null;
}

export function looksLikeEmbedding(name: string): boolean {
  return /embed|minilm|bge-|e5-/i.test(name);
}

/** Of all that OpenAI lists, what can hold a conversation. */
export function looksLikeOpenAiChat(name: string): boolean {
  return (
    /^(gpt-|o[134](-|$)|chatgpt-)/.test(name) && !/(audio|realtime|transcribe|tts|image|instruct|search)/.test(name)
  );
}

/** Which of OpenAI's models take tools and effort together only by its Responses API, which gives their thoughts to be kept. */
export function speaksResponses(name: string): boolean {
  return /^(gpt-([5-9]|\d\d)|o\d)/.test(name) && !/chat-latest/.test(name);
}
