import { emailSchema } from "@/lib/api/fields";
import { makeResetOf } from "../accounts/password-resets";
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
    const link = await makeResetOf({ db, now: () => new Date() }, parsed.data);
    if (!link) throw new ConfigError(`Nobody has an account with the email ${parsed.data}`);
    const origin = config.publicUrl ? new URL(config.publicUrl).origin : `http://localhost:${config.port}`;
    return [
      `${parsed.data} sets a password once, until ${link.expiresAt.toISOString()}, by this link of the running server:`,
      `${origin}/reset-password#${link.token}`,
    ];
  } finally {
    await db.close();
  }
}
