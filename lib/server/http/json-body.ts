import { REQUEST_LIMITS } from "@/lib/api/limits";
import { invalid } from "../core/errors";
import { requireFew } from "../core/json-size";

/**
 * A JSON text's value. How many values it has and how deep they lie is counted first, which is much less work than making
 * them.
 *
 * @throws ApiError `invalid` for what is no JSON, or more of it than `REQUEST_LIMITS` lets a request hold.
 */
export function parseJsonBody(text: string): unknown {
  requireFew(text, REQUEST_LIMITS);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`Request body is not JSON: ${(error as Error).message.slice(0, 300)}`);
  }
}

const SUSPICIOUS = /\\u(?:0000|d[89a-f])/i;

/** Whether a JSON text may have in it what `refuseUnstorable` looks for; raw signs of that kind are no UTF-8, or no JSON. */
export const mayBeUnstorable = (text: string) => SUSPICIOUS.test(text);
