import { z } from "@hono/zod-openapi";
import { shortText } from "./fields";

export const MCP_SERVER_TYPES = ["stdio", "sse", "streamable_http"] as const;
export type McpServerType = (typeof MCP_SERVER_TYPES)[number];

/** What stands in an answer for a secret that is kept; sent back, it means "as it was". */
export const MASK = "********";

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** These belong to the connection, or to the protocol spoken over it, not to who sends. */
const OWN_HEADERS =
  /^(host|connection|keep-alive|proxy-connection|content-length|content-type|transfer-encoding|expect|upgrade|te|trailer|accept|mcp-session-id|mcp-protocol-version|last-event-id)$/i;
const MAX_ENTRIES = 64;
const few = (value: object) => Object.keys(value).length <= MAX_ENTRIES;

/** Why a header can't have this name, or null. */
function badHeaderName(name: string): string | null {
  if (!HEADER_NAME.test(name)) {
    const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
    return `${shown} can't be the name of a header: it must be 1 to 128 letters, digits and any of !#$%&'*+.^_\`|~-`;
  }
  return OWN_HEADERS.test(name) ? `${name} is set by the connection itself: leave it out` : null;
}

const headerName = z.string().superRefine((name, context) => {
  const message = badHeaderName(name);
  if (message) context.addIssue({ code: "custom", message });
});
const headerValue = z
  .string()
  .max(8192)
  .regex(HEADER_VALUE, "must have no line break, and no character that a header can't carry (beyond Latin-1)");
const headers = z
  .record(z.string(), headerValue)
  .superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      const message = badHeaderName(name);
      if (message) context.addIssue({ code: "custom", message });
    }
  })
  .refine(few, `must have at most ${MAX_ENTRIES} headers`);
const serverUrl = z
  .string()
  .max(2048)
  .refine(isPlainAddress, "must be an http or https address, without a user and a password")
  .describe("The address of the server");
const environment = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "must be the name of a variable"), z.string().max(32_768))
  .refine(few, `must have at most ${MAX_ENTRIES} variables`);
const command = z.string().min(1).max(1024).describe("The program to run");
const args = z.array(z.string().max(8192)).max(256).describe("Its arguments");

function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

const stdioFields = {
  command,
  args,
  env: environment.nullish().describe("All that the program finds in its environment"),
};
const httpFields = {
  server_url: serverUrl,
  auth_header: headerName.nullish().describe("The header that carries the token (default Authorization)"),
  auth_token: headerValue.nullish().describe("The token; {{ NAME }} is filled from the agent's secrets"),
  custom_headers: headers.nullish().describe("More headers; {{ NAME }} is filled from the agent's secrets"),
};
const stdioUpdate = { command: command.nullish(), args: args.nullish(), env: environment.nullish() };
const httpUpdate = { ...httpFields, server_url: serverUrl.nullish() };

/** Which of the types a description means that does not say so. */
function typed(field: string) {
  return (value: unknown) => {
    if (typeof value !== "object" || value === null || field in value) return value;
    return { ...value, [field]: "command" in value ? "stdio" : "streamable_http" };
  };
}

export const configBody = z.preprocess(
  typed("mcp_server_type"),
  z.discriminatedUnion("mcp_server_type", [
    z.object({ mcp_server_type: z.literal("stdio"), ...stdioFields }),
    z.object({ mcp_server_type: z.literal("sse"), ...httpFields }),
    z.object({ mcp_server_type: z.literal("streamable_http"), ...httpFields }),
  ]),
);
export type McpConfig = z.output<typeof configBody>;

export const configUpdate = z.preprocess(
  typed("mcp_server_type"),
  z.discriminatedUnion("mcp_server_type", [
    z.object({ mcp_server_type: z.literal("stdio"), ...stdioUpdate }),
    z.object({ mcp_server_type: z.literal("sse"), ...httpUpdate }),
    z.object({ mcp_server_type: z.literal("streamable_http"), ...httpUpdate }),
  ]),
);
export type McpConfigUpdate = z.output<typeof configUpdate>;

export const createMcpServerBody = z
  .object({ server_name: shortText, config: configBody })
  .openapi("CreateMCPServerRequest");
export type CreateMcpServer = z.output<typeof createMcpServerBody>;
export const updateMcpServerBody = z
  .object({ server_name: shortText.nullish(), config: configUpdate })
  .openapi("UpdateMCPServerRequest");
export type UpdateMcpServer = z.output<typeof updateMcpServerBody>;

export const legacyConfigBody = z
  .preprocess(
    typed("type"),
    z.discriminatedUnion("type", [
      z.object({ server_name: shortText, type: z.literal("stdio"), ...stdioFields }),
      z.object({ server_name: shortText, type: z.literal("sse"), ...httpFields }),
      z.object({ server_name: shortText, type: z.literal("streamable_http"), ...httpFields }),
    ]),
  )
  .openapi("MCPServerConfig");
export type LegacyMcpConfig = z.output<typeof legacyConfigBody>;

export const legacyUpdateBody = z
  .object({
    server_name: shortText.nullish(),
    ...httpUpdate,
    token: headerValue.nullish().describe("The same as auth_token"),
    stdio_config: z.object(stdioUpdate).nullish(),
  })
  .openapi("UpdateMCPServerConfig");
export type LegacyMcpUpdate = z.output<typeof legacyUpdateBody>;
