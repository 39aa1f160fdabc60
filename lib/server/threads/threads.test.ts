import { describe, expect, test } from "vitest";
import { ApiError } from "../core/errors";
import { SourceError } from "./source-error";
import { inThread } from "./threads";

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const deep = 20_000;
const python = (body: string) =>
  `def f(a: int) -> int:\n    """Does.\n\n    Args:\n        a: it\n    """\n    return ${body}\n`;

describe("what others wrote, read in a thread", () => {
  test("comes back as it would here, and so does what is wrong with it", async () => {
    const schema = await inThread("deriveSchema", { source: python("a"), language: "python" });
    expect(schema).toMatchObject({ name: "f", parameters: { required: ["a"] } });
    const refused = await thrown(inThread("deriveSchema", { source: "x = 1", language: "python" }));
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ code: "bad-request", detail: expect.stringContaining("No functions found") });
    const task = { source: "export function (", entry: "f", argNames: [], isKept: false };
    expect(await thrown(inThread("prepareJavaScript", task))).toBeInstanceOf(SourceError);
  });

  test.each<[string, string, "python" | "typescript"]>([
    ["parentheses of Python", python("(".repeat(deep) + ")".repeat(deep)), "python"],
    ["lists of Python", python("[".repeat(deep) + "]".repeat(deep)), "python"],
    ["types of Python", `def f(a: ${"list[".repeat(deep)}int${"]".repeat(deep)}):\n    """D."""\n`, "python"],
    ["brackets of JavaScript", `/** D. */ function f() { return ${"[".repeat(deep)}`, "typescript"],
    ["types of TypeScript", `/** D. */ function f(a: ${"Array<".repeat(deep)}`, "typescript"],
  ])("is told in a sentence where it is nested beyond measure: %s", async (_what, source, language) => {
    const error = await thrown(inThread("deriveSchema", { source, language }));
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).detail).toMatch(/nested too deeply|takes more than|invalid syntax|contains itself/);
  });
});
