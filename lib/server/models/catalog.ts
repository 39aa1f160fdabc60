/** What is known of models by name where their provider does not say: window and longest answer, in tokens. */
type Known = { pattern: RegExp; contextWindow: number; maxTokens: number };

const KNOWN: Known[] = [
  { pattern: /^gpt-4o|^chatgpt-4o/, contextWindow: 128_000, maxTokens: 16_384 },
  { pattern: /^gpt-4\.1/, contextWindow: 1_047_576, maxTokens: 32_768 },
  { pattern: /^gpt-5/, contextWindow: 272_000, maxTokens: 128_000 },
  { pattern: /^gpt-4-turbo/, contextWindow: 128_000, maxTokens: 4096 },
  { pattern: /^gpt-4/, contextWindow: 8192, maxTokens: 8192 },
  { pattern: /^gpt-3\.5/, contextWindow: 16_385, maxTokens: 4096 },
  { pattern: /^o[134]/, contextWindow: 200_000, maxTokens: 100_000 },
  { pattern: /^claude-3-/, contextWindow: 200_000, maxTokens: 8192 },
  { pattern: /^claude/, contextWindow: 200_000, maxTokens: 64_000 },
  { pattern: /^gemini/, contextWindow: 1_048_576, maxTokens: 65_536 },
];

/** For models that nobody knows. */
const UNKNOWN = { contextWindow: 32_768, maxTokens: 4096 };

export function knownLimits(name: string): { contextWindow: number; maxTokens: number } {
  return KNOWN.find((known) => known.pattern.test(name)) ?? UNKNOWN;
}

const EMBEDDING_DIMENSIONS: Record<string, number> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
  "gemini-embedding-001": 3072,
  "nomic-embed-text": 768,
  "mxbai-embed-large": 1024,
  "all-minilm": 384,
};

/** @returns null for a name that is not known to embed. */
export function embeddingDimensions(name: string): number | null {
  return EMBEDDING_DIMENSIONS[name.replace(/:.*$/, "")] ?? null;
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
