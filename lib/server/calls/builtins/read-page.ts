import path from "node:path";
import { Worker } from "node:worker_threads";
import { z } from "@hono/zod-openapi";

const pageSchema = z.object({
  title: z.string().nullable(),
  publishedDate: z.string().nullable(),
  author: z.string().nullable(),
  text: z.string(),
});
export type Page = z.output<typeof pageSchema>;

const READER = path.resolve(/*turbopackIgnore: true*/ "lib/server/calls/builtins/page-reader.mjs");
const READ_MS = 10_000;
const MEMORY_MB = 512;

/**
 * The article of a web page as markdown, without menus and advertisements; all text of a page where none is found within
 * ten seconds. Scripts are not run and nothing else is loaded; reading happens in a thread that ends then.
 *
 * @throws Error where not even the text could be read.
 */
export function readPage(source: string, url: string, signal: AbortSignal): Promise<Page> {
  return new Promise((resolve, reject) => {
    let page: Page | null = null;
    const worker = new Worker(READER, {
      workerData: { source, url },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      void worker.terminate();
      if (page) resolve(page);
      else reject(new Error("the page can't be read"));
    };
    const timer = setTimeout(end, READ_MS);
    if (signal.aborted) return end();
    signal.addEventListener("abort", end, { once: true });
    worker.on("message", (message) => {
      page = pageSchema.parse({ ...page, ...message });
    });
    worker.on("error", end);
    worker.on("exit", end);
  });
}
