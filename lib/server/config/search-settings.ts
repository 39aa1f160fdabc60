/** Where `web_search` searches, by the server's environment; an agent's secrets of the same names stand for them. */
export type WebSearchSettings = {
  exaApiKey: string | null;
  exaBaseUrl: string;
  tavilyApiKey: string | null;
  tavilyBaseUrl: string;
  braveApiKey: string | null;
  braveBaseUrl: string;
  searxngUrl: string | null;
};

/** @param get reads a variable of the environment; null where it is not set. */
export function webSearchSettings(get: (name: string) => string | null): WebSearchSettings {
  return {
    exaApiKey: get("EXA_API_KEY"),
    exaBaseUrl: get("EXA_BASE_URL") ?? "https://api.exa.ai",
    tavilyApiKey: get("TAVILY_API_KEY"),
    tavilyBaseUrl: get("TAVILY_BASE_URL") ?? "https://api.tavily.com",
    braveApiKey: get("BRAVE_API_KEY"),
    braveBaseUrl: get("BRAVE_BASE_URL") ?? "https://api.search.brave.com",
    searxngUrl: get("MEMOIR_SEARXNG_URL"),
  };
}
