import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { http, makeAgent, type Rig, startRig, until } from "../support/api";

let rig: Rig;
let ticks = 0;
const clock = createServer((_, response) => {
  ticks++;
  response.end("tick");
});
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on" } });
  await new Promise<void>((resolve) => clock.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await rig?.stop();
  clock.closeAllConnections();
  clock.close();
});

const TICKING = `
/** Asks again and again. @param url Where. */
export async function ticking(url: string): Promise<string> {
  for (;;) await fetch(url);
}`;

describe("a trial of a source", () => {
  it.each(["for nobody", "for an agent"])("%s ends on the server when its caller goes away", async (whom) => {
    const agent = whom === "for an agent" ? await makeAgent(rig) : null;
    const url = `http://127.0.0.1:${(clock.address() as AddressInfo).port}/`;
    const abort = new AbortController();
    const trial = fetch(`${rig.url}/v1/tools/run`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      signal: abort.signal,
      body: JSON.stringify({
        source_code: TICKING,
        source_type: "typescript",
        args: { url },
        metadata_: { allowed_hosts: ["127.0.0.1"] },
        ...(agent && { agent_id: agent.id }),
      }),
    });
    const before = ticks;
    const gone = expect(trial).rejects.toThrow("abort");
    await until("it ticks", () => ticks > before + 5);
    abort.abort();
    await gone;
    await until("it ticks no more", async () => {
      const heard = ticks;
      await wait(250);
      return ticks === heard;
    });
  });

  it("says how long it took and what it held, beside the contract's message", async () => {
    const source_code = `def held() -> str:\n    """Holds."""\n    text = "x" * 20_000_000\n    return str(len(text))\n`;
    const { body } = await http(rig, "POST", "/v1/tools/run", { body: { source_code, args: {} } });
    expect(body).toMatchObject({ message_type: "tool_return_message", tool_return: "20000000" });
    const { duration_ms, memory_bytes } = body as { duration_ms: number; memory_bytes: number };
    expect(duration_ms).toBeGreaterThan(0);
    expect(memory_bytes).toBeGreaterThan(15_000_000);
  });
});
