import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../config/env";
import { createSandbox } from "../../sandbox/create-sandbox";
import { openTestCore, type TestCore } from "../../testing/harness";

const config = readConfig({ MEMOIR_SEED: "off", MEMOIR_TOOL_MAX_SECONDS: "2", MEMOIR_TOOL_MAX_MEMORY_MB: "128" });
let t: TestCore;
const dataDir = mkdtempSync(path.join(tmpdir(), "memoir-ceilings-"));
const sandbox = createSandbox({ settings: config.sandbox, dataDir, allowPrivateUrls: false });
beforeAll(async () => {
  t = await openTestCore({ config, sandbox });
});
afterAll(async () => {
  await sandbox.close();
  await t.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const SOURCE =
  'import time\ndef nap(n: int) -> str:\n    """Naps.\n\n    Args:\n        n: seconds\n    """\n    time.sleep(n)\n    return "slept"';
const ABOVE = [
  [{ timeout_seconds: 3 }, /timeout_seconds is 3, .* 2 seconds \(MEMOIR_TOOL_MAX_SECONDS\)/],
  [{ memory_mb: 256 }, /memory_mb is 256, .* 128 MB \(MEMOIR_TOOL_MAX_MEMORY_MB\)/],
] as const;

describe("what an operator lets a tool have", () => {
  test.each(ABOVE)("is what a tool with %o is refused by, made, changed and tried", async (metadata_, words) => {
    type Refusal = { detail: string };
    const made = await t.api<Refusal>("POST", "/v1/tools/", { source_code: SOURCE, metadata_ });
    expect([made.status, made.body.detail]).toEqual([422, expect.stringMatching(words)]);
    const fine = await t.api<{ id: string }>("POST", "/v1/tools/", { source_code: SOURCE });
    expect(fine.status).toBe(200);
    const changed = await t.api<Refusal>("PATCH", `/v1/tools/${fine.body.id}`, { metadata_ });
    expect([changed.status, changed.body.detail]).toEqual([422, expect.stringMatching(words)]);
    const tried = await t.api<{ status: string; tool_return: string }>("POST", "/v1/tools/run", {
      ...{ source_code: SOURCE, args: { n: 0 }, metadata_ },
    });
    expect(tried.body).toMatchObject({ status: "error", tool_return: expect.stringMatching(words) });
  });

  test("bounds those that ask for nothing, and whoever calls the sandbox", async () => {
    const tried = await t.api<{ status: string; tool_return: string }>("POST", "/v1/tools/run", {
      ...{ source_code: SOURCE, args: { n: 3600 } },
    });
    expect(tried.body).toMatchObject({ status: "error", tool_return: expect.stringContaining("TimeoutError") });
    const direct = await sandbox.run({
      ...{ organizationId: "org", language: "javascript", source: "for (;;) {}", entry: null, args: {}, env: {} },
      limits: { timeoutMs: 3_600_000 },
    });
    expect(direct.status).toBe("timeout");
  });
});
