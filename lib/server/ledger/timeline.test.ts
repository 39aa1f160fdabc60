import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TimelineEntry } from "@/lib/api/ledger";
import { readConfig } from "../config/env";
import { createModelRegistry } from "../models/create-registry";
import { seedPast } from "../seed/seed";
import { openTestCore, type TestCore } from "../testing/harness";

type Step = Extract<TimelineEntry, { type: "step" }>;

let t: TestCore;
let ada = "";
let human = "";
let all: Step[] = [];
beforeAll(async () => {
  const { providers: environment } = readConfig({});
  t = await openTestCore({ models: createModelRegistry({ environment, defaultModel: null }) });
  ada = (await seedPast(t.core, Date.UTC(2026, 10, 22))).ada;
  all = await steps("limit=1000&order=asc&types=step");
  human = (await read("limit=1000&types=block-version")).flatMap((one) =>
    one.type === "block-version" && one.label === "human" ? [one.block_id] : [],
  )[0]!;
});
afterAll(() => t.close());

const read = async (query: string) => (await t.api<TimelineEntry[]>("GET", `/v1/agents/${ada}/timeline?${query}`)).body;
const stepsOf = (entries: TimelineEntry[]) => entries.filter((entry) => entry.type === "step");
const steps = async (query: string) => stepsOf(await read(query));
const numbers = async (query: string) => (await steps(`limit=1000&order=asc&${query}`)).map((step) => step.number);

describe("the numbers of steps", () => {
  test("count from the first, whatever is loaded, filtered or paged", async () => {
    expect(all.map((step) => step.number)).toEqual(all.map((_, index) => index + 1));
    const known = new Map(all.map((step) => [step.id, step.number]));
    for (const query of ["limit=7", "limit=50&order=desc", "did=error", "types=step&limit=3&order=asc", "last_steps=4"])
      for (const step of await steps(query)) expect(step.number).toBe(known.get(step.id));
  });

  test("name a range of steps, each with what came of it", async () => {
    expect(await numbers("from_step=3&to_step=5")).toEqual([3, 4, 5]);
    expect(await numbers("last_steps=2")).toEqual([all.length - 1, all.length]);
    expect(await numbers(`around=${all[9]!.id}`)).toEqual([10]);
    const whole = await read("limit=1000&order=asc");
    const from = whole.findIndex((entry) => entry.seq === all[2]!.seq);
    const to = whole.findIndex((entry) => entry.seq === all[5]!.seq);
    expect(await read("limit=1000&order=asc&from_step=3&to_step=5")).toEqual(whole.slice(from, to));
  });

  test("beyond the last are none, and a step of another agent is not found", async () => {
    expect(await numbers(`from_step=${all.length + 1}`)).toEqual([]);
    const other = await t.api("GET", `/v1/agents/${ada}/timeline?around=step-00000000-0000-4000-8000-000000000000`);
    expect(other.status).toBe(404);
  });
});

describe("the filters", () => {
  test("keep steps by what they did, as the whole time line says, with what they did", async () => {
    const whole = await read("limit=1000&order=asc");
    const marks = (type: string) =>
      new Set(whole.flatMap((one) => (one.type === type && "step_id" in one ? [one.step_id] : [])));
    const failed = all.filter(
      (step) => step.status === "failed" || step.tool_calls.some((call) => call.status === "error"),
    );
    expect(await numbers("did=error")).toEqual(failed.map((step) => step.number));
    expect(await numbers("did=compaction")).toHaveLength(1);
    const called = all.filter((step) => step.tool_calls.some((call) => call.name === "memory_rethink"));
    expect(await numbers("tool=memory_rethink")).toEqual(called.map((step) => step.number));
    const wrote = new Set([
      ...marks("block-version"),
      ...whole.flatMap((one) => (one.type === "passage-event" && one.event !== "search" ? [one.step_id] : [])),
    ]);
    expect(await numbers("did=write")).toEqual(all.filter((step) => wrote.has(step.id)).map((step) => step.number));
    const kept = await read("limit=1000&order=asc&did=write");
    for (const step of stepsOf(kept))
      expect(kept.some((one) => "step_id" in one && one.step_id === step.id)).toBe(true);
  });

  test("are all kept, and two things done are either", async () => {
    const [errors, compactions] = [await numbers("did=error"), await numbers("did=compaction")];
    expect(await numbers("did=error&did=compaction")).toEqual([...errors, ...compactions].toSorted((a, b) => a - b));
    expect(await numbers("did=error&did=compaction&tool=no_such_tool")).toEqual([]);
    expect(await numbers("conversation_id=conv-none")).toEqual([]);
    expect(await numbers(`conversation_id=${all[0]!.conversation_id}&from_step=2&to_step=3`)).toEqual([2, 3]);
  });

  test("a search finds where a line came into a block and where it was lost", async () => {
    const found = await read(`limit=1000&order=asc&search=${encodeURIComponent("allergy: NUTS")}&block_id=${human}`);
    const operations = found.flatMap((one) =>
      one.type === "block-version" && one.block_id === human ? [one.operation] : [],
    );
    expect(operations).toEqual(["memory_insert", "memory_rethink", "memory_insert"]);
    expect(await numbers(`search=${encodeURIComponent("100%_\\")}`)).toEqual([]);
    expect(await numbers(`search=${encodeURIComponent('"label"')}`)).not.toEqual([]);
  });

  test("a page of steps goes on where the one before ended", async () => {
    const walked: number[] = [];
    for (let before = ""; ; ) {
      const page = await steps(`limit=5&did=write${before}`);
      walked.push(...page.map((step) => step.number));
      if (page.length < 5) break;
      before = `&before=${page.at(-1)!.seq}`;
    }
    expect(walked.toReversed()).toEqual(await numbers("did=write"));
  });

  test("what a person wrote counts for the step before it", async () => {
    await t.api("PATCH", `/v1/blocks/${human}`, { value: "Written by hand: quince" });
    expect(await numbers("search=quince")).toEqual([all.length]);
    expect((await numbers(`block_id=${human}`)).at(-1)).toBe(all.length);
    expect(await numbers("did=write")).not.toContain(all.length);
  });
});
