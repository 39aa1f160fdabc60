import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireCatalogueEntry, WireOriginCounts, WireTool } from "@/lib/api/tools";
import { openTestCore, type TestCore } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

async function makeTool(name: string, changes: Record<string, unknown> = {}): Promise<WireTool> {
  const json_schema = { name, description: "", parameters: { type: "object", properties: {} } };
  const source_code = `def ${name}():\n    """D."""`;
  const { status, body } = await t.api<WireTool>("POST", "/v1/tools/", { source_code, json_schema, ...changes });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const list = async (query: Record<string, string> = {}) => {
  const path = `/v1/tools/catalogue?${new URLSearchParams(query)}`;
  return (await t.api<WireCatalogueEntry[]>("GET", path)).body;
};
const names = async (query: Record<string, string>) => (await list(query)).map((tool) => tool.name);

describe("the catalogue of tools", () => {
  test("has all words of a search in name, description or tags, whatever their case; names come first", async () => {
    await makeTool("a_other", { description: "Finds letters in the MAIL", tags: ["post"] });
    await makeTool("b_mail_letters");
    await makeTool("c_percent", { description: "100% of_it" });
    expect(await names({ search: "letters Mail" })).toEqual(["b_mail_letters", "a_other"]);
    expect(await names({ search: "mail post" })).toEqual(["a_other"]);
    expect(await names({ search: "100%" })).toEqual(["c_percent"]);
    expect(await names({ search: "1%0" })).toEqual([]);
  });

  test("is walked page after page in one order, also a search", async () => {
    for (let n = 0; n < 7; n++) await makeTool(`walk_${n}`, n % 2 ? {} : { description: "odd_name walk_" });
    const walk = async (query: Record<string, string>) => {
      const found: string[] = [];
      for (let after = ""; ; ) {
        const page = await list({ ...query, limit: "3", ...(after ? { after } : {}) });
        if (page.length === 0) return found;
        found.push(...page.map((tool) => tool.name));
        after = page.at(-1)!.id;
      }
    };
    const all = await walk({ search: "walk_" });
    expect(all).toEqual([...Array(7).keys()].map((n) => `walk_${n}`));
    const whole = await walk({});
    expect(whole).toEqual((await list({ limit: "200" })).map((tool) => tool.name));
    expect(whole.length).toBeGreaterThan(30);
    const gone = await t.api("GET", "/v1/tools/catalogue?after=tool-00000000-0000-4000-8000-00000000dead");
    expect(gone.status).toBe(404);
  });

  test("is cut by origin, and counted by it", async () => {
    await makeTool("of_client", { source_type: "json", source_code: "" });
    expect(await names({ origin: "client" })).toEqual(["of_client"]);
    expect(await names({ origin: "built-in" })).toContain("memory_insert");
    expect(await names({ origin: "custom" })).not.toContain("memory_insert");
    const counts = (await t.api<WireOriginCounts>("GET", "/v1/tools/origins")).body;
    expect(counts).toMatchObject({ client: 1, mcp: 0 });
    expect(counts["built-in"] + counts.custom + counts.client).toBe((await list({ limit: "200" })).length);
    expect((await t.api<WireOriginCounts>("GET", "/v1/tools/origins?search=of_client")).body.client).toBe(1);
    expect((await t.api("GET", "/v1/tools/catalogue?origin=elsewhere")).status).toBe(422);
  });

  test("says how each tool was used in thirty days, and where it is attached, in a few statements", async () => {
    const tool = await makeTool("used_often");
    const agent = await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", tool_ids: [tool.id] });
    const call = (id: string, status: string, days: number) =>
      t.core.db.query(
        `INSERT INTO tool_call (id, organization_id, agent_id, conversation_id, run_id, step_id, message_id, call_id, name,
           arguments, status, started_at)
         VALUES ($1, $2, $3, 'c', 'r', 's', 'm', $1, 'used_often', '{}', $4, now() - $5::int * interval '1 day')`,
        [id, t.ctx.actor.organizationId, agent.body.id, status, days],
      );
    await call("1", "success", 1);
    await call("2", "error", 2);
    await call("3", "pending", 2);
    await call("4", "success", 40);
    let found: WireCatalogueEntry[] = [];
    const statements = await t.countStatements(async () => {
      found = await list({ limit: "200" });
    });
    expect(statements).toBeLessThanOrEqual(4);
    const { calls, failures, agent_count, last_used_at } = found.find((one) => one.id === tool.id)!;
    expect({ calls, failures, agent_count }).toEqual({ calls: 2, failures: 1, agent_count: 1 });
    expect(Date.now() - Date.parse(last_used_at!)).toBeLessThan(2 * 86_400_000);
    expect(found[0]).not.toHaveProperty("source_code");
  });
});
