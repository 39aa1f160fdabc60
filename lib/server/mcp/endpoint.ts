/** How a server is reached, with all secrets in clear and nothing left to fill in. */
export type McpEndpoint =
  | { type: "stdio"; command: string; args: string[]; env: Record<string, string> }
  | { type: "sse" | "streamable_http"; url: string; headers: Record<string, string> };

const MASK = "********";
const SHORTEST_SECRET = 8;

/** The values of an endpoint that nobody should read in an answer, longest first. */
export function secretsOf(endpoint: McpEndpoint): string[] {
  const values = Object.values(endpoint.type === "stdio" ? endpoint.env : endpoint.headers);
  const tokens = values.flatMap((value) => [value, value.replace(/^(bearer|basic|token) /i, "")]);
  return [...new Set(tokens)]
    .filter((value) => value.length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length);
}

export function redacted(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, MASK), text);
}
