/** What is searched for, as `web_search` is told. */
export type WebQuery = {
  query: string;
  limit: number;
  category: string | null;
  includeText: boolean;
  includeDomains: string[];
  excludeDomains: string[];
  /** YYYY-MM-DD. */
  from: string | null;
  to: string | null;
  /** Two letters. */
  country: string | null;
};

/** A result in the contract's words. */
export type WebResult = {
  title: string | null;
  url: string;
  published_date: string | null;
  author: string | null;
  text?: string | null;
  highlights: string[];
  summary: string | null;
};

/** A search engine's API: how it is asked, and how its answer is read. */
export type SearchEngine = {
  request(query: WebQuery, key: string, baseUrl: string): { url: URL; init: RequestInit };
  results(answer: unknown): WebResult[];
};

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (value && typeof value === "object" ? (value as Fields) : {});
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : []);
const string = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one !== "") : [];

/** What is not set is left out, so that the engine's own default holds. */
function json(body: Fields, headers: Record<string, string>): RequestInit {
  const given = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
  );
  return {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(given),
  };
}

/** The query with the operators by which most engines know domains. */
function withSites({ query, includeDomains, excludeDomains }: WebQuery): string {
  const only = includeDomains.map((domain) => `site:${domain}`).join(" OR ");
  const without = excludeDomains.map((domain) => `-site:${domain}`);
  return [query, includeDomains.length > 1 ? `(${only})` : only, ...without].filter(Boolean).join(" ");
}

const startOf = (day: string | null) => day && `${day}T00:00:00.000Z`;
const endOf = (day: string | null) => day && `${day}T23:59:59.999Z`;

/** https://exa.ai/docs/reference/search */
const exa: SearchEngine = {
  request: (query, key, baseUrl) => ({
    url: new URL("/search", baseUrl),
    init: json(
      {
        query: query.query,
        numResults: query.limit,
        category: query.category,
        includeDomains: query.includeDomains,
        excludeDomains: query.excludeDomains,
        startPublishedDate: startOf(query.from),
        endPublishedDate: endOf(query.to),
        userLocation: query.country,
        contents: { highlights: true, summary: true, ...(query.includeText && { text: true }) },
      },
      { "x-api-key": key },
    ),
  }),
  results: (answer) =>
    list(fields(answer).results).map((one) => ({
      title: string(one.title),
      url: string(one.url) ?? "",
      published_date: string(one.publishedDate),
      author: string(one.author),
      text: string(one.text),
      highlights: strings(one.highlights),
      summary: string(one.summary),
    })),
};

const TAVILY_MOST = 20;
const TAVILY_TOPICS: Record<string, string> = { news: "news", "financial report": "finance" };

/** https://docs.tavily.com/documentation/api-reference/endpoint/search */
const tavily: SearchEngine = {
  request: (query, key, baseUrl) => ({
    url: new URL("/search", baseUrl),
    init: json(
      {
        query: query.query,
        max_results: Math.min(query.limit, TAVILY_MOST),
        topic: TAVILY_TOPICS[query.category ?? ""] ?? null,
        include_raw_content: query.includeText ? "markdown" : null,
        include_domains: query.includeDomains,
        exclude_domains: query.excludeDomains,
        start_date: query.from,
        end_date: query.to,
      },
      { authorization: `Bearer ${key}` },
    ),
  }),
  results: (answer) =>
    list(fields(answer).results).map((one) => ({
      title: string(one.title),
      url: string(one.url) ?? "",
      published_date: string(one.published_date),
      author: null,
      text: string(one.raw_content),
      highlights: strings([one.content]),
      summary: null,
    })),
};

const BRAVE_MOST = 20;

/** https://api-dashboard.search.brave.com/api-reference/web/search/get */
const brave: SearchEngine = {
  request(query, key, baseUrl) {
    const url = new URL("/res/v1/web/search", baseUrl);
    url.searchParams.set("q", withSites(query));
    url.searchParams.set("count", String(Math.min(query.limit, BRAVE_MOST)));
    url.searchParams.set("text_decorations", "false");
    url.searchParams.set("extra_snippets", "true");
    if (query.country) url.searchParams.set("country", query.country);
    if (query.from || query.to) {
      const today = new Date().toISOString().slice(0, 10);
      url.searchParams.set("freshness", `${query.from ?? "1970-01-01"}to${query.to ?? today}`);
    }
    return { url, init: { headers: { "x-subscription-token": key, accept: "application/json" } } };
  },
  results: (answer) =>
    list(fields(fields(answer).web).results).map((one) => ({
      title: string(one.title),
      url: string(one.url) ?? "",
      published_date: string(one.page_age),
      author: null,
      highlights: strings(one.extra_snippets),
      summary: string(one.description),
    })),
};

/** https://docs.searxng.org/dev/search_api.html; `key` is not used. */
const searxng: SearchEngine = {
  request(query, _key, baseUrl) {
    const url = new URL(`${baseUrl.replace(/\/+$/, "")}/search`);
    url.searchParams.set("q", withSites(query));
    url.searchParams.set("format", "json");
    if (query.category === "news") url.searchParams.set("categories", "news");
    return { url, init: { headers: { accept: "application/json" } } };
  },
  results: (answer) =>
    list(fields(answer).results).map((one) => ({
      title: string(one.title),
      url: string(one.url) ?? "",
      published_date: string(one.publishedDate),
      author: string(one.author),
      highlights: strings([one.content]),
      summary: null,
    })),
};

export const SEARCH_ENGINES = { exa, tavily, brave, searxng };
