import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operation, toCode } from "@/lib/client/api/code";
import { makeAgent, type Rig, startRig } from "../support/api";

const run = promisify(execFile);
/** Not on every machine. */
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const CLIENT = path.resolve(import.meta.dirname, "../clients/letta-1");

describe("code that the pages offer", () => {
  let rig: Rig;
  let folder: string;
  beforeAll(async () => {
    rig = await startRig();
    // Beside the client, so that its name is found.
    folder = mkdtempSync(path.join(CLIENT, "code-"));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await rig?.stop();
  });

  const operations = async () => {
    const agent = await makeAgent(rig, { memory_blocks: [{ label: "human", value: `It's "Mara"` }] });
    rig.model.push({ text: "Good day." });
    const params = { agent_id: agent.id };
    return [
      operation("agents.retrieve", { method: "get", path: "/v1/agents/{agent_id}", params }),
      operation("agents.list", { method: "get", path: "/v1/agents", query: { limit: 5 } }),
      operation("agents.blocks.retrieve", {
        method: "get",
        path: "/v1/agents/{agent_id}/core-memory/blocks/{block_label}",
        params: { ...params, block_label: "human" },
      }),
      operation("agents.messages.create", {
        method: "post",
        path: "/v1/agents/{agent_id}/messages",
        params,
        body: { input: `It's a "test"` },
      }),
      operation("agents.timeline", {
        method: "get",
        path: "/v1/agents/{agent_id}/timeline",
        params,
        query: { limit: 3 },
        named: false,
      }),
    ];
  };

  it("runs as it is copied, with the official client", async () => {
    for (const [i, one] of (await operations()).entries()) {
      const file = path.join(folder, `${i}.mjs`);
      writeFileSync(file, `${toCode("TypeScript", rig.url, [one])}\nconsole.log(JSON.stringify(result));`);
      const { stdout } = await run(process.execPath, [file]);
      expect([one.id, JSON.parse(stdout)]).toEqual([one.id, expect.anything()]);
    }
    expect(JSON.stringify(rig.model.requests.at(-1))).toContain(`It's a \\"test\\"`);
  });

  it.skipIf(!hasCurl)("runs as it is copied, in a shell", async () => {
    for (const one of await operations()) {
      const { stdout } = await run("bash", [
        "-c",
        toCode("curl", rig.url, [one]).replace("curl ", "curl -sS --fail-with-body "),
      ]);
      expect([one.id, JSON.parse(stdout)]).toEqual([one.id, expect.anything()]);
    }
  });
});
