import type { MetadataExtractor } from "@ai-sdk/openai-compatible";
import { z } from "zod";
import type { TokenLogprob } from "@/lib/engine/model";

const bytes = z.array(z.number()).nullish();
const likely = z.object({ token: z.string(), logprob: z.number(), bytes });
const tokenSchema = likely.extend({ top_logprobs: z.array(likely).nullish() });
const chunkSchema = z.object({
  choices: z.array(z.object({ logprobs: z.object({ content: z.array(z.unknown()).nullish() }).nullish() })).min(1),
});

/** The AI SDK's package leaves these out where a server only speaks OpenAI's protocol. */
export const LOGPROBS_OF_CHUNKS: MetadataExtractor = {
  extractMetadata: async ({ parsedBody }) => metadataOf(tokensOf(parsedBody)),
  createStreamExtractor() {
    const tokens: unknown[] = [];
    return {
      processChunk: (chunk) => void tokens.push(...tokensOf(chunk)),
      buildMetadata: () => metadataOf(tokens),
    };
  },
};

const KEY = "chunks";

function tokensOf(chunk: unknown): unknown[] {
  const parsed = chunkSchema.safeParse(chunk);
  return parsed.success ? (parsed.data.choices[0]?.logprobs?.content ?? []) : [];
}

function metadataOf(tokens: unknown[]) {
  return tokens.length > 0 ? { [KEY]: { logprobs: JSON.parse(JSON.stringify(tokens)) } } : undefined;
}

/** How likely the tokens of an answer were, by what its provider said at its end; undefined where it said nothing. */
export function readTokenLogprobs(metadata: Record<string, unknown> | undefined): TokenLogprob[] | undefined {
  const said = [metadata?.openai, metadata?.[KEY]].flatMap((part) => (part as { logprobs?: unknown })?.logprobs ?? []);
  const tokens = said.flatMap((token) => tokenSchema.safeParse(token).data ?? []);
  if (tokens.length === 0) return undefined;
  const whole = ({ token, logprob, bytes: raw }: z.output<typeof likely>) => ({ token, logprob, bytes: raw ?? null });
  return tokens.map((token) => ({ ...whole(token), top_logprobs: (token.top_logprobs ?? []).map(whole) }));
}
