import { describe, expect, test, vi } from "vitest";
import { ApiError } from "../core/errors";
import { SourceError } from "./source-error";
import { threadFile } from "./thread-file";
import { inThread } from "./threads";

vi.mock("./thread-file", async (original) => {
  const real = await original<typeof import("./thread-file")>();
  return { threadFile: vi.fn(real.threadFile) };
});

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const deep = 20_000;
const python = (body: string) =>
  `def f(a: int) -> int:\n    """Does.\n\n    Args:\n        a: it\n    """\n    return ${body}\n`;

test("a thread that can't be opened is told to everybody who waits, and one that can serves the next", async () => {
  // What can't be handed over ends its thread. While these two are opened, the others begin to wait.
  const broken = { source: (() => {}) as unknown as string, language: "python" } as const;
  const good = { source: python("a"), language: "python" } as const;
  const all = [broken, broken, good, good, good, good].map((input) => thrown(inThread("a", "functionsOf", input)));
  const open = vi.mocked(threadFile);
  await vi.waitFor(() => expect(open).toHaveBeenCalledTimes(2));
  const noThread = new Error("no thread can be opened");
  for (let n = 0; n < 4; n++) open.mockRejectedValueOnce(noThread);
  expect((await Promise.all(all)).slice(2)).toEqual([noThread, noThread, noThread, noThread]);
  open.mockReset();
  open.mockImplementation((await vi.importActual<typeof import("./thread-file")>("./thread-file")).threadFile);
  expect(await inThread(null, "functionsOf", good)).toEqual([expect.objectContaining({ name: "f" })]);
});

test("an organization's reading never waits for all that another has to read", async () => {
  const long = { source: `${python("a")}# ${"x".repeat(20_000)}\n`.repeat(100), language: "python" } as const;
  const ended: string[] = [];
  const read = (owner: string, source: typeof long) =>
    inThread(owner, "functionsOf", source).then(() => ended.push(owner));
  // That a thread takes its time to begin is not what is looked at.
  await Promise.all(["a", "b", "c"].map((owner) => read(owner, long)));
  ended.length = 0;
  const all = Array.from({ length: 12 }, () => read("a", long));
  await Promise.all([read("b", long), read("c", long), ...all]);
  // The third thread is b's at once, and the next c's; in one line with a's they would be last.
  expect(ended.indexOf("b")).toBeLessThan(6);
  expect(ended.indexOf("c")).toBeLessThan(8);
});

describe("what others wrote, read in a thread", () => {
  test("comes back as it would here, and so does what is wrong with it", async () => {
    const schema = await inThread(null, "deriveSchema", { source: python("a"), language: "python" });
    expect(schema).toMatchObject({ name: "f", parameters: { required: ["a"] } });
    const refused = await thrown(inThread(null, "deriveSchema", { source: "x = 1", language: "python" }));
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ code: "bad-request", detail: expect.stringContaining("No functions found") });
    const task = { source: "export function (", entry: "f", argNames: [], isKept: false };
    expect(await thrown(inThread(null, "prepareJavaScript", task))).toBeInstanceOf(SourceError);
  });

  test.each<[string, string, "python" | "typescript"]>([
    ["parentheses of Python", python("(".repeat(deep) + ")".repeat(deep)), "python"],
    ["lists of Python", python("[".repeat(deep) + "]".repeat(deep)), "python"],
    ["types of Python", `def f(a: ${"list[".repeat(deep)}int${"]".repeat(deep)}):\n    """D."""\n`, "python"],
    ["brackets of JavaScript", `/** D. */ function f() { return ${"[".repeat(deep)}`, "typescript"],
    ["types of TypeScript", `/** D. */ function f(a: ${"Array<".repeat(deep)}`, "typescript"],
  ])("is told in a sentence where it is nested beyond measure: %s", async (_what, source, language) => {
    const error = await thrown(inThread(null, "deriveSchema", { source, language }));
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).detail).toMatch(/nested too deeply|takes more than|invalid syntax|contains itself/);
  });
});
