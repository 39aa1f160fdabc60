/** A server that speaks OpenAI's protocol, as the environment names it. */
export type Compatible = {
  name: string;
  /** Null is the vendor's own. */
  baseUrl: string | null;
  apiKey: string | null;
};

/** Vendors: their key is enough. The first name is the one that is told; others are known to other programs. */
const VENDORS: [name: string, prefixes: string[]][] = [
  ["openrouter", ["OPENROUTER"]],
  ["groq", ["GROQ"]],
  ["mistral", ["MISTRAL"]],
  ["deepseek", ["DEEPSEEK"]],
  ["xai", ["XAI"]],
  ["together", ["TOGETHER", "TOGETHERAI"]],
  ["fireworks", ["FIREWORKS", "FIREWORKS_AI"]],
  ["cerebras", ["CEREBRAS"]],
  ["baseten", ["BASETEN"]],
  ["hugging-face", ["HUGGINGFACE"]],
  ["minimax", ["MINIMAX"]],
  ["moonshot", ["MOONSHOT"]],
  ["zai", ["ZAI"]],
];

/** Servers of one's own: their address is enough. */
const SERVERS: [name: string, prefixes: string[]][] = [
  ["lmstudio_openai", ["LMSTUDIO", "LM_STUDIO"]],
  ["vllm", ["VLLM"]],
  ["sglang", ["SGLANG"]],
  ["llamacpp", ["LLAMACPP", "LLAMA_CPP"]],
];

type Get = (name: string) => string | null;

/** Which of the known servers the environment names: `<NAME>_API_KEY`, and `<NAME>_BASE_URL` or `<NAME>_API_BASE`. */
export function presetProviders(get: Get): Compatible[] {
  const first = (prefixes: string[], ...suffixes: string[]) =>
    prefixes.flatMap((prefix) => suffixes.flatMap((suffix) => get(`${prefix}_${suffix}`) ?? []))[0] ?? null;
  const vendors = VENDORS.flatMap(([name, prefixes]) => {
    const apiKey = first(prefixes, "API_KEY");
    const baseUrl = first(prefixes, "BASE_URL", "API_BASE");
    return apiKey ? [{ name, baseUrl, apiKey }] : [];
  });
  const servers = SERVERS.flatMap(([name, prefixes]) => {
    const baseUrl = first(prefixes, "BASE_URL", "API_BASE");
    return baseUrl ? [{ name, baseUrl, apiKey: first(prefixes, "API_KEY") }] : [];
  });
  return [...vendors, ...servers];
}

/** A provider in a cloud, as the environment names it. */
export type CloudEntry = {
  name: string;
  type: "azure" | "bedrock" | "google_vertex";
  apiKey: string | null;
  baseUrl: string | null;
  cloud: {
    apiVersion?: string | null;
    region?: string | null;
    accessKeyId?: string | null;
    secretAccessKey?: string | null;
    sessionToken?: string | null;
    project?: string | null;
  };
};

/**
 * Azure by its key with an address or a resource's name; Bedrock by its bearer key, or by a pair of keys with a region;
 * Vertex by its key, or by a project with a location and the machine's own login.
 */
export function cloudProviders(get: Get): CloudEntry[] {
  const first = (...names: string[]) => names.flatMap((name) => get(name) ?? [])[0] ?? null;
  const found: CloudEntry[] = [];
  const azureKey = first("AZURE_API_KEY", "AZURE_OPENAI_API_KEY");
  const resource = get("AZURE_RESOURCE_NAME");
  const azureUrl =
    first("AZURE_BASE_URL", "AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT") ??
    (resource ? `https://${resource}.openai.azure.com` : null);
  if (azureKey && azureUrl) {
    const apiVersion = first("AZURE_API_VERSION", "AZURE_OPENAI_API_VERSION");
    found.push({ name: "azure", type: "azure", apiKey: azureKey, baseUrl: azureUrl, cloud: { apiVersion } });
  }
  const region = first("BEDROCK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION");
  const apiKey = first("AWS_BEARER_TOKEN_BEDROCK", "BEDROCK_API_KEY");
  const pair = { accessKeyId: get("AWS_ACCESS_KEY_ID"), secretAccessKey: get("AWS_SECRET_ACCESS_KEY") };
  if (apiKey || (pair.accessKeyId && pair.secretAccessKey && region)) {
    const cloud = { region, ...pair, sessionToken: get("AWS_SESSION_TOKEN") };
    found.push({ name: "bedrock", type: "bedrock", apiKey, baseUrl: get("BEDROCK_BASE_URL"), cloud });
  }
  const vertexKey = get("GOOGLE_VERTEX_API_KEY");
  const project = first("GOOGLE_VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT");
  const location = first("GOOGLE_VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION");
  if (vertexKey || (project && location)) {
    const cloud = { region: location, project };
    const baseUrl = get("GOOGLE_VERTEX_BASE_URL");
    found.push({ name: "google_vertex", type: "google_vertex", apiKey: vertexKey, baseUrl, cloud });
  }
  return found;
}
