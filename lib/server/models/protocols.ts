import type { ProviderType } from "./provider";

/** How the contract's kinds of provider are spoken to, and where those are that have one address. */
const PROTOCOLS: Record<string, { protocol: ProviderType; baseUrl: string | null }> = {
  openai: { protocol: "openai", baseUrl: null },
  anthropic: { protocol: "anthropic", baseUrl: null },
  google_ai: { protocol: "google_ai", baseUrl: null },
  ollama: { protocol: "ollama", baseUrl: null },
  azure: { protocol: "azure", baseUrl: null },
  bedrock: { protocol: "bedrock", baseUrl: null },
  google_vertex: { protocol: "google_vertex", baseUrl: null },
  groq: { protocol: "openai-compatible", baseUrl: "https://api.groq.com/openai/v1" },
  together: { protocol: "openai-compatible", baseUrl: "https://api.together.xyz/v1" },
  deepseek: { protocol: "openai-compatible", baseUrl: "https://api.deepseek.com/v1" },
  openrouter: { protocol: "openai-compatible", baseUrl: "https://openrouter.ai/api/v1" },
  xai: { protocol: "openai-compatible", baseUrl: "https://api.x.ai/v1" },
  mistral: { protocol: "openai-compatible", baseUrl: "https://api.mistral.ai/v1" },
  fireworks: { protocol: "openai-compatible", baseUrl: "https://api.fireworks.ai/inference/v1" },
  cerebras: { protocol: "openai-compatible", baseUrl: "https://api.cerebras.ai/v1" },
  baseten: { protocol: "openai-compatible", baseUrl: "https://inference.baseten.co/v1" },
  "hugging-face": { protocol: "openai-compatible", baseUrl: "https://router.huggingface.co/v1" },
  minimax: { protocol: "openai-compatible", baseUrl: "https://api.minimax.io/v1" },
  moonshot: { protocol: "openai-compatible", baseUrl: "https://api.moonshot.ai/v1" },
  zai: { protocol: "openai-compatible", baseUrl: "https://api.z.ai/api/paas/v4" },
  zai_coding: { protocol: "openai-compatible", baseUrl: "https://api.z.ai/api/coding/paas/v4" },
};

/** Kinds without a row (vLLM, SGLang, LM Studio) speak OpenAI's protocol at an address that must be given. */
export function protocolOf(providerType: string): { protocol: ProviderType; baseUrl: string | null } {
  return PROTOCOLS[providerType] ?? { protocol: "openai-compatible", baseUrl: null };
}

const HOSTED = new Set(
  [
    ...Object.values(PROTOCOLS).flatMap(({ baseUrl }) => baseUrl ?? []),
    "https://api.openai.com/v1",
    "https://api.moonshot.cn/v1",
  ].map((url) => new URL(url).host),
);

/** Whether an address is one of the vendors' that are known: there is nothing to be asked there of one's own. */
export const isHosted = (address: string): boolean => URL.canParse(address) && HOSTED.has(new URL(address).host);
