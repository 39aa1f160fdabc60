import { z } from "zod";
import type { WireLegacyMcpServer, WireMcpServer } from "@/lib/api/mcp";
import {
  type LegacyMcpConfig,
  type LegacyMcpUpdate,
  MASK,
  type McpConfig,
  type McpConfigUpdate,
} from "@/lib/api/mcp-config";
import { invalid } from "../core/errors";
import type { McpServerModel } from "../db/generated/models";
import { openNamed, readable, type Vault } from "../vault/vault";
import type { McpEndpoint } from "./endpoint";

/** How a server is reached, as its owner wrote it, with all secrets in clear. */
export type McpSpec =
  | { type: "stdio"; command: string; args: string[]; env: Record<string, string> }
  | {
      type: "sse" | "streamable_http";
      url: string;
      authHeader: string | null;
      authToken: string | null;
      headers: Record<string, string>;
    };
type HttpSpec = Exclude<McpSpec, { type: "stdio" }>;

const texts = z.record(z.string(), z.string());
const storedStdio = z.object({ command: z.string(), args: z.array(z.string()), env_names: z.array(z.string()) });
const storedHttp = z.object({
  server_url: z.string(),
  auth_header: z.string().nullable(),
  has_token: z.boolean(),
  header_names: z.array(z.string()),
});
const storedSecrets = z.object({ token: z.string().nullable(), headers: texts, env: texts });

/** The columns that keep a spec: what may be seen, and the rest encrypted. */
export function toColumns(vault: Vault, spec: McpSpec) {
  const secrets: z.output<typeof storedSecrets> =
    spec.type === "stdio"
      ? { token: null, headers: {}, env: spec.env }
      : { token: spec.authToken, headers: spec.headers, env: {} };
  const config: z.output<typeof storedStdio> | z.output<typeof storedHttp> =
    spec.type === "stdio"
      ? { command: spec.command, args: spec.args, env_names: Object.keys(spec.env) }
      : {
          server_url: spec.url,
          auth_header: spec.authHeader,
          has_token: spec.authToken !== null,
          header_names: Object.keys(spec.headers),
        };
  return { serverType: spec.type, config, secretsEnc: vault.encrypt(JSON.stringify(secrets)) };
}

type Columns = Pick<McpServerModel, "serverType" | "config" | "secretsEnc">;

/** @throws UnreadableSecretError. */
export function specOf(vault: Vault, row: Columns): McpSpec {
  return withSecrets(row, row.secretsEnc === null ? null : openNamed(vault, row.secretsEnc, SECRETS));
}

/** The same for who gives its secrets anew: those that can't be read are none. */
export function specToChange(vault: Vault, row: Columns): McpSpec {
  return withSecrets(row, row.secretsEnc && readable(vault, row.secretsEnc));
}

const SECRETS = "The token and headers of this MCP server";

function withSecrets(row: Columns, text: string | null): McpSpec {
  const sealed = text === null ? null : storedSecrets.parse(JSON.parse(text));
  const secrets = sealed ?? { token: null, headers: {}, env: {} };
  if (row.serverType === "stdio") {
    const { command, args } = storedStdio.parse(row.config);
    return { type: "stdio", command, args, env: secrets.env };
  }
  const { server_url: url, auth_header: authHeader } = storedHttp.parse(row.config);
  return { type: httpType(row.serverType), url, authHeader, authToken: secrets.token, headers: secrets.headers };
}

const httpType = (type: string) => (type === "sse" ? "sse" : "streamable_http");

/** A server as the contract shows it, secrets masked. */
export function toWireServer(row: McpServerModel): WireMcpServer {
  const identity = { id: row.id, server_name: row.serverName };
  if (row.serverType === "stdio") return { ...identity, mcp_server_type: "stdio", ...shownStdio(row) };
  return { ...identity, mcp_server_type: httpType(row.serverType), ...shownHttp(row) };
}

/** The same in the form of the older routes. */
export function toLegacyServer(row: McpServerModel): WireLegacyMcpServer {
  if (row.serverType === "stdio") return { server_name: row.serverName, type: "stdio", ...shownStdio(row) };
  return { server_name: row.serverName, type: httpType(row.serverType), ...shownHttp(row) };
}

function shownStdio(row: Columns) {
  const { command, args, env_names } = storedStdio.parse(row.config);
  return { command, args, env: masked(env_names) };
}

function shownHttp(row: Columns) {
  const { server_url, auth_header, has_token, header_names } = storedHttp.parse(row.config);
  return { server_url, auth_header, auth_token: has_token ? MASK : null, custom_headers: masked(header_names) };
}

const masked = (names: readonly string[]) =>
  names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, MASK]));

/** @throws ApiError `invalid` for a masked secret: there is none yet that it could stand for. */
export function specOfConfig(config: McpConfig): McpSpec {
  return config.mcp_server_type === "stdio"
    ? { type: "stdio", command: config.command, args: config.args, env: unmasked(config.env ?? {}, {}, "env") }
    : newHttp(config.mcp_server_type, config.server_url, config);
}

/** The newer routes' form of what the older ones take. */
export function fromLegacyConfig(body: LegacyMcpConfig): McpConfig {
  if (body.type === "stdio") {
    return { mcp_server_type: "stdio", command: body.command, args: body.args, env: body.env };
  }
  const { type, server_url, auth_header, auth_token, custom_headers } = body;
  return { mcp_server_type: type, server_url, auth_header, auth_token, custom_headers };
}

/** The newer routes' form of what the older ones change in a server of this type. */
export function fromLegacyUpdate(type: string, body: LegacyMcpUpdate): McpConfigUpdate {
  if (type === "stdio") return { mcp_server_type: "stdio", ...body.stdio_config };
  const { server_url, auth_header, custom_headers } = body;
  const auth_token = body.auth_token ?? body.token;
  return { mcp_server_type: httpType(type), server_url, auth_header, auth_token, custom_headers };
}

/**
 * A spec with some of it changed, or a new one. What is null stays; a masked secret is the one that is kept. A program or
 * an origin that is another gets none of the secrets that were given for the old one.
 *
 * @throws ApiError `invalid` for what is missing when the type changes, and a mask for a secret that is not kept.
 */
export function changedSpec(old: McpSpec | null, update: McpConfigUpdate): McpSpec {
  if (update.mcp_server_type === "stdio") {
    const before = old?.type === "stdio" ? old : { command: null, args: [], env: {} };
    const command = update.command ?? before.command;
    if (command === null) throw invalid("config.command: is needed for a server of type stdio");
    const args = update.args ?? before.args;
    const isSame = command === before.command && args.join("\0") === before.args.join("\0");
    const kept = isSame ? before.env : {};
    return { type: "stdio", command, args, env: unmasked(update.env ?? kept, kept, "env") };
  }
  const type = update.mcp_server_type;
  const before = old?.type === "stdio" ? null : old;
  const url = update.server_url ?? before?.url ?? null;
  if (url === null) throw invalid(`config.server_url: is needed for a server of type ${type}`);
  if (!before || new URL(url).origin !== new URL(before.url).origin) return newHttp(type, url, update);
  return {
    type,
    url,
    authHeader: update.auth_header ?? before.authHeader,
    authToken: tokenOf(update.auth_token, before.authToken),
    headers: unmasked(update.custom_headers ?? before.headers, before.headers, "custom_headers"),
  };
}

type HttpFields = Pick<
  Extract<McpConfigUpdate, { mcp_server_type: "sse" }>,
  "auth_header" | "auth_token" | "custom_headers"
>;

function newHttp(type: HttpSpec["type"], url: string, fields: HttpFields): HttpSpec {
  return {
    type,
    url,
    authHeader: fields.auth_header ?? null,
    authToken: tokenOf(fields.auth_token, null),
    headers: unmasked(fields.custom_headers ?? {}, {}, "custom_headers"),
  };
}

function tokenOf(given: string | null | undefined, kept: string | null): string | null {
  if (given == null) return kept;
  if (given === "") return null;
  return given === MASK ? (kept ?? noSecret("auth_token")) : given;
}

function unmasked(given: Record<string, string>, kept: Record<string, string>, field: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value === MASK ? (kept[name] ?? noSecret(`${field}.${name}`)) : value,
    ]),
  );
}

function noSecret(field: string): never {
  throw invalid(`config.${field}: is masked, and no value is kept for it; give the value`);
}

/** `{{ NAME }}`, with `{{ NAME | otherwise }}` for when there is none. */
const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\|\s*([^}]*?)\s*)?\}\}/g;

export function usesVariables(spec: McpSpec): boolean {
  const values =
    spec.type === "stdio" ? Object.values(spec.env) : [spec.authToken ?? "", ...Object.values(spec.headers)];
  return values.some((value) => value.search(VARIABLE) >= 0);
}

/** A spec with the variables in its secrets filled in, and its token where it belongs. */
export function endpointOf(spec: McpSpec, variables: Readonly<Record<string, string>>): McpEndpoint {
  const filled = (text: string) =>
    text.replaceAll(VARIABLE, (_, name: string, otherwise: string | undefined) => variables[name] ?? otherwise ?? "");
  const all = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filled(value)]));
  if (spec.type === "stdio") return { ...spec, env: all(spec.env) };
  const token = spec.authToken === null ? "" : filled(spec.authToken);
  return { type: spec.type, url: spec.url, headers: { ...all(spec.headers), ...tokenHeader(spec.authHeader, token) } };
}

/** A bare token in the header Authorization is a bearer's. */
function tokenHeader(name: string | null, token: string): Record<string, string> {
  if (token === "") return {};
  const header = name ?? "Authorization";
  const isBare = header.toLowerCase() === "authorization" && !/\s/.test(token.trim());
  return { [header]: isBare ? `Bearer ${token}` : token };
}
