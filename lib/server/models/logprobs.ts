import { z } from "zod";
import type { TokenLogprob } from "@/lib/engine/model";

const bytes = z.array(z.number()).nullish();
const likely = z.object({ token: z.string(), logprob: z.number(), bytes });
const tokenSchema = likely.extend({ top_logprobs: z.array(likely).nullish() });

/** Where our own reader of chat completions puts them. */
const KEY = "chunks";

/** How likely the tokens of an answer were, by what its provider said at its end; undefined where it said nothing. */
export function readTokenLogprobs(metadata: Record<string, unknown> | undefined): TokenLogprob[] | undefined {
  const said = [metadata?.openai, metadata?.[KEY]].flatMap((part) => (part as { logprobs?: unknown })?.logprobs ?? []);
  const tokens = said.flatMap((token) => tokenSchema.safeParse(token).data ?? []);
  if (tokens.length === 0) return undefined;
  const whole = ({ token, logprob, bytes: raw }: z.output<typeof likely>) => ({ token, logprob, bytes: raw ?? null });
  return tokens.map((token) => ({ ...whole(token), top_logprobs: (token.top_logprobs ?? []).map(whole) }));
}
