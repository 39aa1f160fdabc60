import type { PASSWORD_CHARS } from "@/lib/api/fields";
import type { WireMember } from "@/lib/api/members";
import { api, unwrap } from "../api/api";
import { ApiError } from "../api/api-error";

/** Why somebody is not let in, and at which field of the form it is said. */
export type Refusal = { field: string; problem: string };

/** The fewest characters of a password that is set. */
export const LEAST_PASSWORD: typeof PASSWORD_CHARS.min = 10;

const refused = (field: string, problem: string): Refusal => ({ field, problem });

/** The page that stands in the address is loaded anew: the sign-in is shown in its place. */
function comeIn(): null {
  window.location.reload();
  return null;
}

/** Leaves a page that a link led to, and its token with it. */
function goHome(): null {
  window.location.replace("/");
  return null;
}

/** What the server says of a field that is wrong: `email: Invalid email address`. */
function atField(error: unknown, fields: readonly string[]): Refusal {
  if (!(error instanceof ApiError)) throw error;
  const [, field, problem] = /^(?:account\.)?(\w+): (.*)$/.exec(error.detail) ?? [];
  if (error.status === 422 && field && problem && fields.includes(field)) {
    return refused(field, field === "email" ? "This is not an email address." : problem);
  }
  if (error.status === 409 && /email/.test(error.detail)) return refused("email", `${error.detail}.`);
  throw error;
}

/** Signs this browser in by the one password. @throws ApiError, also for who has guessed too often. */
export async function signIn(password: string): Promise<Refusal | null> {
  const { signed_in: isIn } = await unwrap(api.POST("/v1/sessions", { body: { password } }));
  return isIn ? comeIn() : refused("password", "This is not the password of this server.");
}

/** Signs this browser in by an account. @throws ApiError, also for who has guessed too often. */
export async function signInAs(email: string, password: string): Promise<Refusal | null> {
  try {
    const { signed_in: isIn } = await unwrap(api.POST("/v1/sessions", { body: { email, password } }));
    return isIn ? comeIn() : refused("password", "There is no account with this email and password.");
  } catch (error) {
    return atField(error, ["email"]);
  }
}

export type Person = { name: string; email: string; password: string };

/** Makes the first account; where the server asks for its set-up code, the refusal is at `code`. @throws ApiError */
export async function makeFirstAccount(person: Person, code: string | null): Promise<Refusal | null> {
  try {
    const { signed_in: isIn } = await unwrap(api.POST("/v1/account", { body: { ...person, code } }));
    if (isIn) return comeIn();
    return refused(
      "code",
      code
        ? "This is not the set-up code of this server."
        : "Give the set-up code that the server printed at its start.",
    );
  } catch (error) {
    return atField(error, ["name", "email", "password"]);
  }
}

export type InvitationStatus = {
  status: "open" | "accepted" | "withdrawn" | "expired" | "unknown";
  organization: string | null;
  email: string | null;
  role: WireMember["role"] | null;
  signed_in_as: { name: string; email: string; is_member: boolean } | null;
};

/** What a link invites to. @throws ApiError */
export function lookUpInvitation(token: string): Promise<InvitationStatus> {
  return unwrap(api.POST("/v1/invitations/lookup", { body: { token } }));
}

/** Joins by a link, with a new account or, without one, as the person that is signed in. @throws ApiError */
export async function joinBy(token: string, account: Person | null): Promise<Refusal | null> {
  try {
    await unwrap(api.POST("/v1/invitations/accept", { body: { token, ...(account ? { account } : {}) } }));
    return goHome();
  } catch (error) {
    return atField(error, ["name", "email", "password"]);
  }
}

/** Sets a password by a link, and comes in with it. @throws ApiError */
export async function setPasswordBy(token: string, password: string): Promise<Refusal | null> {
  await unwrap(api.POST("/v1/account/password-reset", { body: { token, password } }));
  return goHome();
}
