import { dehydrate, type FetchQueryOptions, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import { headers } from "next/headers";
import { cache, type ReactNode } from "react";
import { answerInProcess } from "@/lib/client/api/api";
import { type PagedList, pagesOf } from "@/lib/client/api/paged-list";

/** What the page's own request says of who asks, and from where. */
const PASSED_ON = [
  "authorization",
  "cookie",
  "host",
  "user-agent",
  "user_id",
  "x-bare-password",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
];

/**
 * Server components ask the API in this process, as who asked for the page: the door, the gate and the table of roles judge
 * it as they judge the browser's own requests.
 */
answerInProcess(async (request) => {
  const memoir = globalThis.__memoir;
  if (!memoir) return Response.json({ detail: "The server is still starting" }, { status: 503 });
  const page = await headers();
  const asked = new Headers(request.headers);
  for (const name of PASSED_ON) {
    const value = page.get(name);
    if (value !== null) asked.set(name, value);
  }
  asked.set("sec-fetch-site", "same-origin");
  return memoir.fetch(new Request(request, { headers: asked }));
});

/** One for each request: what its title and its page both need is asked for once. */
const clientOfRequest = cache(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));

// biome-ignore lint/suspicious/noExplicitAny: a page's questions are of many types; each is typed where it is made.
type Question = FetchQueryOptions<any, any, any, any>;
type List = PagedList<{ id: string }>;
const isList = (asked: Question | List): asked is List => "load" in asked;

type FirstDataProps = { asks: readonly (Question | List)[]; children: ReactNode };

/**
 * Asks for what a page shows first, and gives it to the page with its first paint. What is refused or fails is left out: the
 * browser asks again, and the page says why it does not have it.
 */
export async function FirstData({ asks, children }: FirstDataProps) {
  const client = clientOfRequest();
  await Promise.all(
    asks.map((asked) => (isList(asked) ? client.prefetchInfiniteQuery(pagesOf(asked)) : client.prefetchQuery(asked))),
  );
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}

/** What the thing that is asked for is called; null where it can't be had. */
export async function nameOf(asked: Question): Promise<string | null> {
  try {
    const thing: { name?: string | null } = await clientOfRequest().fetchQuery(asked);
    return thing.name ?? null;
  } catch {
    return null;
  }
}
