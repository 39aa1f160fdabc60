import { emailSchema } from "@/lib/api/fields";
import { accountWith } from "../accounts/accounts";
import { makeResetOf } from "../accounts/password-resets";
import { recordAct } from "../audit/entries";
import { ConfigError } from "../config/config-error";
import type { Config } from "../config/env";
import { openDatabase } from "../db/database";

/**
 * Makes a link by which the person with this email sets a password, for who can start the server.
 *
 * @returns what to do with it, in sentences.
 * @throws ConfigError for an email that has no account.
 */
export async function resetPasswordOf(
  config: Config,
  email: string,
  options: { migrations?: string } = {},
): Promise<string[]> {
  const { dataDir, databaseUrl: url, pool } = config;
  const parsed = emailSchema.safeParse(email);
  if (!parsed.success) throw new ConfigError(`This is not an email: ${email}`);
  const db = await openDatabase({ url, dataDir, fsync: true, pool, ...options });
  try {
    const core = { db, config, now: () => new Date() };
    const link = await makeResetOf(core, parsed.data);
    if (!link) throw new ConfigError(`Nobody has an account with the email ${parsed.data}`);
    const about = await accountWith(core, parsed.data);
    await recordAct(
      core,
      {
        operation: "server.resetPassword",
        from: { address: "this machine", userAgent: null, requestId: null },
        actor: null,
        targetId: about?.userId ?? null,
      },
      { outcome: "done", isLocal: true, ...(about ? { organizationId: about.organizationId } : {}) },
    );
    const origin = config.publicUrl ? new URL(config.publicUrl).origin : `http://localhost:${config.port}`;
    return [
      `${parsed.data} sets a password once, until ${link.expiresAt.toISOString()}, by this link of the running server:`,
      `${origin}/reset-password#${link.token}`,
    ];
  } finally {
    await db.close();
  }
}
