import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import path from "node:path";
import { asksForAccounts, isForThisMachine } from "./access-mode";
import { ConfigError } from "./config-error";
import { urlProblem } from "./database-url";
import { type DoorSettings, doorSettings } from "./door-settings";
import { type GivenKeys, parseKey } from "./given-keys";
import { isLoopback } from "./host-names";
import { type IdentityProvider, identityProviders, type SignUp, signUpSettings } from "./identity-providers";
import { type LogSettings, logSettings } from "./log-settings";
import type { McpSettings } from "./mcp-settings";
import { type ModelOverrides, modelOverrides } from "./model-overrides";
import { type CloudEntry, type Compatible, cloudProviders, presetProviders } from "./presets";
import type { SandboxSettings } from "./sandbox-settings";
import { type WebSearchSettings, webSearchSettings } from "./search-settings";
import { type TelemetrySettings, telemetrySettings } from "./telemetry-settings";

/** Everything that the environment can set, read once at start. No other file reads `process.env`. */
export type Config = {
  dataDir: string;
  databaseUrl: string | null;
  /** The same database without a pooler between, for what needs a session; null where `databaseUrl` is that. */
  directDatabaseUrl: string | null;
  /** Connections to a Postgres server, and how long, in milliseconds, a statement waits for a free one. */
  pool: { size: number; waitMs: number };
  host: string;
  port: number;
  /** Null serves everybody who can reach the port, unless they have accounts. */
  password: string | null;
  /** What opens `/metrics` and nothing else, beside the password; null for nothing. */
  metricsToken: string | null;
  /** Whether people sign in with accounts of their own. */
  accounts: boolean;
  /** By whom else they may sign in, and who of them needs no invitation. */
  identityProviders: readonly IdentityProvider[];
  signUp: SignUp;
  /** Whether nobody but this machine's own people reaches the server. */
  localOnly: boolean;
  /** Names this process among those that share a database. */
  instanceId: string;
  /** Whether the embedded database waits for the disk at each commit. */
  fsync: boolean;
  seed: boolean;
  allowPrivateUrls: boolean;
  /** Hosts, or hosts and ports, of private networks where providers that clients add may be. */
  privateProviders: string[];
  /** Keys of the vault; without one, the data folder keeps it. */
  keys: GivenKeys;
  providers: ProviderEnvironment;
  limits: { bodyBytes: number; uploadBytes: number; imageBytes: number };
  lease: { durationMs: number; heartbeatMs: number };
  /** How long a server that is to end waits for its runs, in milliseconds. */
  drainMs: number;
  /** What one organization may have at work at a time, in this process. */
  shares: { runs: number; batches: number };
  sandbox: SandboxSettings;
  mcp: McpSettings;
  webSearch: WebSearchSettings;
  /** Where browsers reach this server, when it is not where a request says that it was sent. */
  publicUrl: string | null;
  /** Which names and web pages may reach this server, and whose word counts for where a request comes from. */
  door: DoorSettings;
  log: LogSettings;
  /** How long a client may take: to send its headers, and to send the next piece of a body. */
  patience: { headersMs: number; bodyMs: number; bytesPerSecond: number };
  /** Texts that no log line may have in it. */
  secrets: readonly string[];
  /** What the operator says of models: `MEMOIR_MODELS`. */
  models: ModelOverrides;
  defaultModel: string | null;
  defaultEmbedding: string | null;
  /** Null tells nobody what runs do. */
  telemetry: TelemetrySettings | null;
};

export type ProviderEnvironment = {
  openaiApiKey: string | null;
  openaiBaseUrl: string | null;
  anthropicApiKey: string | null;
  anthropicBaseUrl: string | null;
  geminiApiKey: string | null;
  geminiBaseUrl: string | null;
  ollamaBaseUrl: string;
  /** `MEMOIR_PROVIDER_<NAME>_URL` and `…_KEY`: OpenAI-compatible endpoints by name. */
  compatible: Compatible[];
  clouds: CloudEntry[];
};

const MIB = 1024 * 1024;

/** The body of a request with one image of so many bytes, which is sent in base64, and some words beside it. */
const bodyOfImage = (bytes: number) => Math.ceil((bytes * 4) / 3) + MIB / 4;

/** @throws ConfigError with a sentence that says what to set, when the settings contradict each other. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const get = (name: string) => env[name]?.trim() || null;
  const positive = (name: string, otherwise: number) => {
    const value = Number(get(name) ?? otherwise);
    if (!(value > 0 && Number.isFinite(value))) throw new ConfigError(`${name} is not a positive number: ${env[name]}`);
    return value;
  };
  const imageBytes = positive("MEMOIR_MAX_IMAGE_BYTES", 10 * MIB);
  const port = Number(get("PORT") ?? 8283);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new ConfigError(`PORT is not a port: ${env.PORT}`);
  const host = get("HOST") ?? "127.0.0.1";
  const password = get("MEMOIR_PASSWORD") ?? get("LETTA_SERVER_PASSWORD");
  const fail = (sentence: string): never => {
    throw new ConfigError(sentence);
  };
  const accounts = asksForAccounts(get, fail);
  if (!isLoopback(host) && !password && !accounts) {
    throw new ConfigError(
      `HOST=${host} would let other machines in without a password. Set one: MEMOIR_PASSWORD=<secret>, which clients send as "Authorization: Bearer <secret>", or give people accounts: MEMOIR_AUTH=accounts.`,
    );
  }
  const reachedAt = httpAddress("MEMOIR_PUBLIC_URL", get("MEMOIR_PUBLIC_URL"));
  const leaseMs = positive("MEMOIR_LEASE_MS", 15_000);
  return {
    dataDir: path.resolve(/*turbopackIgnore: true*/ get("MEMOIR_DATA_DIR") ?? ".memoir"),
    databaseUrl: databaseUrl(get("DATABASE_URL")),
    directDatabaseUrl: databaseUrl(get("DIRECT_DATABASE_URL")),
    pool: {
      size: Math.max(2, Math.floor(positive("MEMOIR_DATABASE_POOL", 10))),
      waitMs: positive("MEMOIR_DATABASE_WAIT_MS", 5000),
    },
    host,
    port,
    password,
    metricsToken: get("MEMOIR_METRICS_TOKEN"),
    accounts,
    identityProviders: identityProviders(get, accounts, fail),
    signUp: signUpSettings(get, fail),
    localOnly: isForThisMachine({
      host,
      publicUrl: reachedAt,
      allowedHosts: get("MEMOIR_ALLOWED_HOSTS"),
      trustedProxies: get("MEMOIR_TRUSTED_PROXIES"),
    }),
    instanceId: randomUUID(),
    fsync: get("MEMOIR_FSYNC") === "on",
    seed: get("MEMOIR_SEED") !== "off",
    allowPrivateUrls: get("MEMOIR_ALLOW_PRIVATE_URLS") === "on",
    privateProviders: privateProviders(get("MEMOIR_PRIVATE_PROVIDERS")),
    keys: vaultKeys(get),
    providers: providerEnvironment(env, get),
    limits: {
      bodyBytes: positive("MEMOIR_MAX_BODY_BYTES", Math.max(8 * MIB, bodyOfImage(imageBytes))),
      uploadBytes: positive("MEMOIR_MAX_UPLOAD_BYTES", 32 * 1024 * 1024),
      imageBytes,
    },
    lease: { durationMs: leaseMs, heartbeatMs: leaseMs / 3 },
    drainMs: positive("MEMOIR_DRAIN_MS", 8000),
    shares: {
      runs: Math.ceil(positive("MEMOIR_RUNS_PER_ORGANIZATION", 500)),
      batches: Math.ceil(positive("MEMOIR_BATCHES_PER_ORGANIZATION", 2)),
    },
    sandbox: sandboxSettings(get, positive),
    mcp: {
      stdio: get("MEMOIR_MCP_STDIO") === "on" ? { path: env.PATH ?? "" } : null,
      connectMs: positive("MEMOIR_MCP_CONNECT_MS", 30_000),
      callMs: positive("MEMOIR_MCP_CALL_MS", 60_000),
      idleMs: positive("MEMOIR_MCP_IDLE_MS", 300_000),
    },
    webSearch: webSearchSettings(get),
    publicUrl: reachedAt,
    door: doorSettings({ get, host, isGuarded: password !== null || accounts, publicUrl: reachedAt, fail }),
    log: logSettings(get, process.stdout.isTTY === true, fail),
    patience: {
      headersMs: positive("MEMOIR_HEADERS_TIMEOUT_MS", 20_000),
      bodyMs: positive("MEMOIR_BODY_TIMEOUT_MS", 30_000),
      bytesPerSecond: positive("MEMOIR_BODY_BYTES_PER_SECOND", 500),
    },
    secrets: secretsIn(env),
    models: modelOverrides(get("MEMOIR_MODELS")),
    defaultModel: get("MEMOIR_DEFAULT_MODEL"),
    defaultEmbedding: get("MEMOIR_DEFAULT_EMBEDDING"),
    telemetry: telemetrySettings(get),
  };
}

/** `localhost:1234, 10.0.0.7`: by the words of the URL that a client gives. */
function privateProviders(text: string | null): string[] {
  return (text ?? "").split(/[\s,]+/).flatMap((entry) => {
    if (entry === "") return [];
    const bare = entry.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
    if (!URL.canParse(`http://${bare}`)) {
      throw new ConfigError(`MEMOIR_PRIVATE_PROVIDERS has an entry that is not a host or host:port: ${entry}`);
    }
    return [bare.toLowerCase().replace(/^\[([^\]]+)\]/, "$1")];
  });
}

function databaseUrl(url: string | null): string | null {
  const problem = url === null ? null : urlProblem(url);
  if (problem) throw new ConfigError(problem);
  return url;
}

function vaultKeys(get: (name: string) => string | null): GivenKeys {
  const keyOf = (name: string, text: string) => {
    const key = parseKey(text);
    if (!key) {
      throw new ConfigError(
        `${name} is not a key: it must be 32 bytes in base64 or hex. Make one with "openssl rand -base64 32".`,
      );
    }
    return key;
  };
  const current = get("MEMOIR_SECRET_KEY");
  const previous = get("MEMOIR_SECRET_KEY_PREVIOUS")?.split(/[\s,]+/) ?? [];
  return {
    current: current === null ? null : keyOf("MEMOIR_SECRET_KEY", current),
    previous: previous.map((text) => keyOf("MEMOIR_SECRET_KEY_PREVIOUS", text)),
  };
}

/** What the environment has under names of secrets, and the passwords in its addresses. */
function secretsIn(env: Record<string, string | undefined>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value) return [];
    if (/(PASSWORD|SECRET|TOKEN|_KEY)$/.test(name)) return [value.trim()];
    if (/_KEY_PREVIOUS$/.test(name)) return value.split(/[\s,]+/);
    const { password } = /^[a-z]+:\/\//i.test(value) && URL.canParse(value) ? new URL(value) : { password: "" };
    return password ? [password] : [];
  });
}

function httpAddress(name: string, text: string | null): string | null {
  if (text !== null && !/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) {
    throw new ConfigError(`${name} is not an http or https address: ${text}`);
  }
  return text;
}

function packageOrigins(list: string | null): string[] {
  const all = (list ?? "").split(",").map((one) => one.trim());
  return all.filter(Boolean).map((one) => new URL(httpAddress("MEMOIR_PACKAGE_ORIGINS", one)!).origin);
}

function sandboxSettings(
  get: (name: string) => string | null,
  positive: (name: string, otherwise: number) => number,
): SandboxSettings {
  const python = get("MEMOIR_SANDBOX_PYTHON") ?? "pyodide";
  const apiKey = get("E2B_API_KEY");
  const unlessOff = (name: string, otherwise: string) => {
    const value = get(name) ?? otherwise;
    return value === "off" ? null : value;
  };
  if (python !== "pyodide" && python !== "local" && python !== "e2b") {
    throw new ConfigError(`MEMOIR_SANDBOX_PYTHON is none of "pyodide", "local" and "e2b": ${python}`);
  }
  if (python === "e2b" && !apiKey) {
    throw new ConfigError("MEMOIR_SANDBOX_PYTHON=e2b rents machines from E2B: set E2B_API_KEY to a key of yours.");
  }
  const processes = Math.max(2, Math.floor(positive("MEMOIR_SANDBOX_PROCESSES", Math.max(4, availableParallelism()))));
  return {
    python,
    processes,
    processesPerOrganization: Math.ceil(positive("MEMOIR_SANDBOX_PROCESSES_PER_ORGANIZATION", processes)),
    ceilings: {
      timeoutMs: positive("MEMOIR_TOOL_MAX_SECONDS", 3600) * 1000,
      memoryBytes: positive("MEMOIR_TOOL_MAX_MEMORY_MB", 4096) * 1024 * 1024,
    },
    idleMs: positive("MEMOIR_SANDBOX_IDLE_MS", 120_000),
    sessions: {
      most: Math.floor(positive("MEMOIR_SANDBOX_SESSIONS", 4)),
      idleMs: positive("MEMOIR_SANDBOX_SESSION_IDLE_MS", 900_000),
    },
    pipIndex: httpAddress("MEMOIR_PIP_INDEX", unlessOff("MEMOIR_PIP_INDEX", "https://pypi.org/simple")),
    npmRegistry: httpAddress("MEMOIR_NPM_REGISTRY", unlessOff("MEMOIR_NPM_REGISTRY", "https://registry.npmjs.org")),
    packageOrigins: packageOrigins(get("MEMOIR_PACKAGE_ORIGINS")),
    e2b: apiKey
      ? {
          apiKey,
          template: get("E2B_TEMPLATE") ?? "base",
          domain: get("E2B_DOMAIN"),
          apiUrl: get("E2B_API_URL"),
          sandboxUrl: get("E2B_SANDBOX_URL"),
        }
      : null,
  };
}

function providerEnvironment(
  env: Record<string, string | undefined>,
  get: (name: string) => string | null,
): ProviderEnvironment {
  const compatible = Object.keys(env).flatMap((key) => {
    const name = /^MEMOIR_PROVIDER_([A-Z0-9_]+)_URL$/.exec(key)?.[1];
    const baseUrl = get(key);
    if (!name || !baseUrl) return [];
    return [{ name: name.toLowerCase().replaceAll("_", "-"), baseUrl, apiKey: get(`MEMOIR_PROVIDER_${name}_KEY`) }];
  });
  return {
    openaiApiKey: get("OPENAI_API_KEY"),
    openaiBaseUrl: get("OPENAI_BASE_URL") ?? get("OPENAI_API_BASE"),
    anthropicApiKey: get("ANTHROPIC_API_KEY"),
    anthropicBaseUrl: get("ANTHROPIC_BASE_URL"),
    geminiApiKey: get("GEMINI_API_KEY") ?? get("GOOGLE_API_KEY"),
    geminiBaseUrl: get("GEMINI_BASE_URL"),
    ollamaBaseUrl: get("OLLAMA_BASE_URL") ?? "http://127.0.0.1:11434",
    // Who names a provider in full means that one.
    compatible: [
      ...compatible,
      ...presetProviders(get).filter(({ name }) => !compatible.some((one) => one.name === name)),
    ],
    clouds: cloudProviders(get),
  };
}
