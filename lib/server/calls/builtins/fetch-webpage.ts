import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { attempt, stringArg, type ToolArgs, ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { decodeText, readBounded } from "../../net/bounded-body";
import { createPublicFetch } from "../../net/public-fetch";
import { type Page, readPage } from "./read-page";

const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 5;
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_TEXT_CHARS = 100_000;
const HTML = /^(?:text\/html|application\/xhtml\+xml)\b/i;
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript)\b)/i;
const AGENT = "Mozilla/5.0 (compatible; Memoir; +https://www.rfc-editor.org/rfc/rfc9110)";

/**
 * `fetch_webpage`: the readable text of a page as JSON `{title, published_date, author, text}` (contract §3.7). Only http
 * and https, no private addresses, at each redirect anew; at most 2 MB are read, and 30 seconds are waited.
 */
export function fetchWebpageTool(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  return attempt("fetch_webpage", async () => {
    const page = await fetchPage(ctx, stringArg(args, "url"), call.signal);
    const answer = {
      title: page.title,
      published_date: page.publishedDate,
      author: page.author,
      text: page.text.slice(0, MAX_TEXT_CHARS).toWellFormed(),
    };
    return { status: "success", content: JSON.stringify(answer), value: answer };
  });
}

async function fetchPage(ctx: Ctx, address: string, signal: AbortSignal): Promise<Page> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const fetch = createPublicFetch({ allowPrivate: ctx.config.allowPrivateUrls });
  try {
    let url = webAddress(address);
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(url, {
        signal: limited,
        redirect: "manual",
        headers: { "user-agent": AGENT, accept: "text/html,text/plain,*/*;q=0.5", "accept-encoding": "gzip, br" },
      });
      const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
      if (location === null) return await pageOf(response, url, limited);
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) throw new ToolFailure(`${address} redirects more than ${MAX_REDIRECTS} times.`);
      url = webAddress(location, url);
    }
  } catch (error) {
    if (error instanceof ToolFailure) throw error;
    if (signal.aborted) throw new ToolFailure("The run was cancelled.");
    if (limited.aborted) throw new ToolFailure(`${address} did not answer within ${TIMEOUT_MS / 1000} seconds.`);
    throw new ToolFailure(`${address} can't be fetched: ${(error as Error).message}`);
  } finally {
    fetch.close();
  }
}

function webAddress(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw new ToolFailure(`'${text}' is not the address of a web page.`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new ToolFailure(`Only http and https addresses can be fetched, and '${url.protocol}' is neither.`);
  }
  return url;
}

async function pageOf(response: Response, url: URL, signal: AbortSignal): Promise<Page> {
  const contentType = response.headers.get("content-type") ?? "text/html";
  if (!response.ok) {
    await response.body?.cancel();
    throw new ToolFailure(`${url.href} answered with status ${response.status}.`);
  }
  if (!HTML.test(contentType) && !TEXT.test(contentType)) {
    await response.body?.cancel();
    throw new ToolFailure(`${url.href} is of the type ${contentType.split(";")[0]}, which can't be read as text.`);
  }
  const { bytes, isCut } = await readBounded(response, MAX_BYTES);
  const text = decodeText(bytes, contentType);
  if (text === null) throw new ToolFailure(`${url.href} says that it is text, but what it sent is not.`);
  const page = HTML.test(contentType)
    ? await readPage(text, url.href, signal)
    : { title: null, publishedDate: null, author: null, text };
  return isCut ? { ...page, text: `${page.text}\n\n[The page is longer; only its first 2 MB were read.]` } : page;
}
