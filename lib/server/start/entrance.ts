import { hasAccounts } from "../accounts/accounts";
import { setUpCode } from "../accounts/set-up-code";
import type { Core } from "../core/core";
import { log } from "../core/log";

/** What is asked of who is not signed in: the one password, an account, or to make the first of all accounts. */
export type Entrance = "password" | "account" | "first-account";

export async function entranceOf(core: Core): Promise<Entrance> {
  if (!core.config.accounts) return "password";
  return (await hasAccounts(core)) ? "account" : "first-account";
}

/** Tells who has started the server how the first account is made, as long as there is none. */
export async function tellFirstAccount(core: Core): Promise<void> {
  if ((await entranceOf(core)) !== "first-account") return;
  const code = setUpCode(core);
  const who = core.config.localOnly
    ? `open it here and make the first account, which owns everything. Anywhere else it asks for the set-up code ${code}.`
    : `open it, give the set-up code ${code} and make the first account, which owns everything.`;
  log.warn({}, `Nobody has an account yet: ${who}`);
}
