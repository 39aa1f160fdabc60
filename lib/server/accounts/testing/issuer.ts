import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export type IssuerPerson = { email: string; email_verified: boolean; name: string };

export type Issuer = {
  url: string;
  /** Whom the issuer knows, by their subject. */
  people: Map<string, IssuerPerson>;
  /** Goes where a browser is sent, says who one is, agrees, and stops where it is sent back. */
  visit(url: string, subject: string): Promise<string>;
  close(): Promise<void>;
};

export const CLIENT = { id: "memoir", secret: "a secret of the client" };

/** A real OpenID provider on a port of its own, that lets anybody say who they are. */
export async function startIssuer(redirectUris: string[]): Promise<Issuer> {
  const people = new Map<string, IssuerPerson>();
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: redirectUris,
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["a key"] },
    findAccount: (_, subject) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...people.get(subject) }),
    }),
  });
  server.on("request", provider.callback());

  async function visit(start: string, subject: string): Promise<string> {
    const jar = new Map<string, string>();
    let at = start;
    let form: URLSearchParams | null = null;
    for (let step = 0; step < 12; step++) {
      if (!at.startsWith(url)) return at;
      const response: Response = await fetch(at, {
        method: form ? "POST" : "GET",
        redirect: "manual",
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
        ...(form ? { body: form } : {}),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
        if (value) jar.set(name!, value);
        else jar.delete(name!);
      }
      const location = response.headers.get("location");
      if (location) {
        at = new URL(location, at).href;
        form = null;
        continue;
      }
      const page = await response.text();
      const [, action] = /action="([^"]+)"/.exec(page) ?? [];
      const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
      if (!action || !prompt) throw new Error(`the issuer answers ${response.status}: ${page.slice(0, 500)}`);
      at = new URL(action, at).href;
      form = new URLSearchParams({ prompt, ...(prompt === "login" ? { login: subject, password: "any" } : {}) });
    }
    throw new Error("the issuer sends one round and round");
  }

  return {
    url,
    people,
    visit,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
