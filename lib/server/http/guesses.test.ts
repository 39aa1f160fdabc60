import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { ApiError } from "../core/errors";
import { addressOf, createGuesses } from "./guesses";

const RIGHT = "open sesame";
const isRight = (given: string) => given === RIGHT;
const from = (address: string, connection: object | null = null) => ({ address, connection });

/** A clock that moves only while somebody waits. */
function rig() {
  let now = 0;
  const waits: number[] = [];
  const guesses = createGuesses(
    () => now,
    async (ms) => {
      waits.push(ms);
      now += ms;
    },
  );
  return {
    guesses,
    waits,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test("a few wrong passwords cost nothing; then each takes longer, right ones too, up to seconds", async () => {
  const { guesses, waits } = rig();
  for (let n = 0; n < 10; n++) expect(await guesses.check(from("a"), `wrong ${n}`, isRight)).toBe(false);
  expect(await guesses.check(from("a"), RIGHT, isRight)).toBe(true);
  expect(waits).toEqual([]);
  for (let n = 10; n < 30; n++) expect(await guesses.check(from("a"), `wrong ${n}`, isRight)).toBe(false);
  expect(waits.slice(0, 5)).toEqual([250, 250, 500, 1000, 2000]);
  expect(Math.max(...waits)).toBe(4000);
  expect(await guesses.check(from("a"), RIGHT, isRight)).toBe(true);
});

test("whoever asks from another address, or over a connection that has proved itself, does not wait", async () => {
  const { guesses, waits } = rig();
  const connection = {};
  await guesses.check(from("a", connection), RIGHT, isRight);
  for (let n = 0; n < 12; n++) await guesses.check(from("a"), `wrong ${n}`, isRight);
  const before = waits.length;
  expect(await guesses.check(from("b"), RIGHT, isRight)).toBe(true);
  expect(await guesses.check(from("a", connection), RIGHT, isRight)).toBe(true);
  expect(waits.length).toBe(before);
  // It proves nothing for the next guess.
  await guesses.check(from("a", connection), "wrong again", isRight);
  await guesses.check(from("a", connection), RIGHT, isRight);
  expect(waits.length).toBe(before + 1);
});

test("many guesses at once are no faster: those whose turn is far off are sent away unlooked at", async () => {
  let looked = 0;
  const guesses = createGuesses(
    () => 0,
    () => new Promise(() => {}),
  );
  const settled: unknown[] = [];
  for (let n = 0; n < 1000; n++) {
    const look = (given: string) => {
      looked++;
      return isRight(given);
    };
    void guesses.check(from("a"), `wrong ${n}`, look).catch((error: unknown) => settled.push(error));
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled.length).toBeGreaterThan(900);
  expect(looked).toBeLessThanOrEqual(11);
  expect(settled.every((one) => one instanceof ApiError && one.code === "too-many")).toBe(true);
  expect((settled[0] as ApiError).detail).toMatch(/Try again in \d+ seconds/);
});

test("the same wrong password again is no guess, and quiet makes up for wrong ones", async () => {
  const { guesses, waits, pass } = rig();
  for (let n = 0; n < 100; n++) expect(await guesses.check(from("a"), "the old one", isRight)).toBe(false);
  expect(await guesses.check(from("a"), RIGHT, isRight)).toBe(true);
  for (let n = 0; n < 15; n++) await guesses.check(from("a"), `wrong ${n}`, isRight);
  pass(20 * 60_000);
  const before = waits.length;
  expect(await guesses.check(from("a"), RIGHT, isRight)).toBe(true);
  expect(waits.length).toBe(before);
});

test("an address is the connection's, or what trusted proxies say of it, and a household is one", () => {
  const trusted = new BlockList();
  trusted.addSubnet("10.0.0.0", 8, "ipv4");
  const none = new BlockList();
  expect(addressOf("1.2.3.4", "6.6.6.6", trusted)).toBe("1.2.3.4");
  expect(addressOf("10.0.0.1", "6.6.6.6", none)).toBe("10.0.0.1");
  expect(addressOf("10.0.0.1", "6.6.6.6", trusted)).toBe("6.6.6.6");
  expect(addressOf("::ffff:10.0.0.1", "9.9.9.9, 6.6.6.6:1234, 10.1.1.1", trusted)).toBe("6.6.6.6");
  expect(addressOf("10.0.0.1", "not an address", trusted)).toBe("10.0.0.1");
  expect(addressOf("10.0.0.1", undefined, trusted)).toBe("10.0.0.1");
  expect(addressOf("2001:db8:1:2:3:4:5:6", undefined, none)).toBe(addressOf("2001:db8:1:2::1", undefined, none));
  expect(addressOf("2001:db8:1:2::1", undefined, none)).not.toBe(addressOf("2001:db8:1:3::1", undefined, none));
  expect(addressOf(undefined, "1.1.1.1", none)).toBe("unknown");
});

test("what takes a while to look at is counted before it is known: many at once are no faster, and all count", async () => {
  const waiting: (() => void)[] = [];
  let looked = 0;
  const guesses = createGuesses(
    () => 0,
    () => new Promise((resolve) => waiting.push(resolve)),
  );
  const answers: ((isRight: boolean) => void)[] = [];
  const weigh = () =>
    guesses.weigh(from("a"), () => {
      looked++;
      return new Promise<boolean>((resolve) => answers.push(resolve));
    });
  const all = Array.from({ length: 40 }, () => weigh().catch((error: unknown) => error));
  await expect.poll(() => answers.length).toBe(11);
  const refused = await Promise.all(all.slice(20).map((one) => Promise.race([one, "waits"])));
  expect(refused.every((error) => error instanceof ApiError && error.code === "too-many")).toBe(true);
  expect(looked).toBe(11);
  for (const answer of answers) answer(false);
  for (const go of waiting.splice(0)) go();
  await expect.poll(() => answers.length).toBeGreaterThan(11);
  for (const answer of answers.splice(11)) answer(true);
  const results = await Promise.all(all);
  expect(results.slice(0, 11)).toEqual(Array(11).fill(false));
});

test("what turns out to be right costs nothing, and what fails is no guess", async () => {
  const { guesses, waits } = rig();
  for (let n = 0; n < 30; n++) expect(await guesses.weigh(from("a"), async () => true)).toBe(true);
  for (let n = 0; n < 30; n++) {
    const failing = guesses.weigh(from("a"), () => Promise.reject(new Error("no database")));
    await expect(failing).rejects.toThrow("no database");
  }
  expect(waits).toEqual([]);
});
