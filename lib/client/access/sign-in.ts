import { api, unwrap } from "../api/api";

/**
 * Signs this browser in and loads the page anew that stands in the address: the sign-in is shown in its place.
 *
 * @returns why not, in a sentence; null once the page loads.
 * @throws ApiError, also for who has guessed too often.
 */
export async function signIn(password: string): Promise<string | null> {
  const { signed_in: isIn } = await unwrap(api.POST("/v1/sessions", { body: { password } }));
  if (!isIn) return "This is not the password of this server.";
  window.location.reload();
  return null;
}
