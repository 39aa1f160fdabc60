import { parentPort } from "node:worker_threads";
import { runGit } from "../calls/starters/work/git";
import { outlineDocument } from "../calls/starters/work/outline";
import { searchTexts } from "../calls/starters/work/search-texts";
import { workOnTable } from "../calls/starters/work/table";
import type { Ending, Tasks } from "../threads/threads";

type Work = "git" | "outline" | "searchTexts" | "table";
type Perform = {
  [Name in Work]: (input: Tasks[Name]["input"]) => Tasks[Name]["value"] | Promise<Tasks[Name]["value"]>;
};

const PERFORM: Perform = { git: runGit, outline: outlineDocument, searchTexts, table: workOnTable };

/** What runs in a thread of `threads.ts` for tools: one task after another. */
parentPort?.on("message", async ({ name, input }: { name: Work; input: unknown }) => {
  parentPort?.postMessage({ began: true });
  parentPort?.postMessage({ ending: await endingOf(name, input) });
});

async function endingOf(name: Work, input: unknown): Promise<Ending> {
  try {
    return { value: await (PERFORM[name] as (input: unknown) => unknown)(input) };
  } catch (error) {
    const { name: kind = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
    return { failed: { name: kind, message } };
  }
}
