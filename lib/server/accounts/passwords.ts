import { hashPassword, verifyPassword } from "better-auth/crypto";

/** A password as it is kept: scrypt with a salt of its own, made outside of the event loop. */
export const hashOfPassword = (password: string): Promise<string> => hashPassword(password);

let nobodys: Promise<string> | null = null;

/** Whether a password is the one that was kept. It takes as long where none was: who asks does not learn that. */
export async function isPassword(kept: string | null, given: string): Promise<boolean> {
  nobodys ??= hashPassword("nobody's");
  const isRight = await verifyPassword({ hash: kept ?? (await nobodys), password: given });
  return kept !== null && isRight;
}
