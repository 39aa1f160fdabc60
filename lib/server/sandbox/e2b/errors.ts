import type { E2bSettings } from "../../config/sandbox-settings";

const MAX_CHARS = 500;

/** Whether an error says that a machine which was there is not any more. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && /NotFoundError|TimeoutError/.test(error.name);
}

/** What went wrong with E2B, in words for whoever set it up. */
export function e2bError(error: unknown, { apiKey, template }: E2bSettings): Error {
  const said = error instanceof Error ? error : new Error(String(error));
  const text = said.message.replaceAll(apiKey, "…").slice(0, MAX_CHARS);
  switch (said.name) {
    case "AuthenticationError":
      return new Error("E2B refused the key: see E2B_API_KEY.");
    case "RateLimitError":
      return new Error(
        "E2B takes no more requests now (429): too many machines, or too many requests. Try again later.",
      );
    case "ServiceBusyError":
      return new Error("E2B is not available now (503). Try again later.");
    case "CommandExitError":
      return new Error(`The machine of E2B's template ${template} could not be set up; it needs python3. ${text}`);
  }
  if (/fetch failed|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|aborted due to timeout/i.test(`${said.message} ${said.cause}`)) {
    return new Error("E2B can't be reached.");
  }
  return new Error(`E2B: ${text}`);
}
