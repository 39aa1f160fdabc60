import { expect, test } from "vitest";
import { createPacker, createReader, type Said } from "./frames";

const tell = (data: unknown): Said => ({ kind: "tell", topic: "event", data });
const BYTES = 7999;

/** A small generator with a seed that is printed where a test fails. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

test("whatever is said arrives whole and in order, in frames that a notification holds", () => {
  const seed = Date.now() % 1_000_000;
  const random = dice(seed);
  const pack = createPacker("a");
  const read = createReader("b");
  const lengths = [0, 1, 10, 300, 3900, 5600, 7800, 7900, 8000, 20_000, 150_000];
  for (let round = 0; round < 50; round++) {
    const all = Array.from({ length: Math.ceil(random() * 30) }, () => {
      const letters = ["x", "ü", '"', "\\", "😀", "\u0000", "\n"][Math.floor(random() * 7)]!;
      return tell(letters.repeat(lengths[Math.floor(random() * lengths.length)]! / letters.length));
    });
    const frames = pack(all);
    for (const frame of frames) expect(Buffer.byteLength(frame), `seed ${seed}`).toBeLessThanOrEqual(BYTES);
    expect(
      frames.flatMap((frame) => read(frame).said),
      `seed ${seed}`,
    ).toEqual(all);
  }
});

test("small sayings go together: a thousand are a few frames", () => {
  const frames = createPacker("a")(Array.from({ length: 1000 }, (_, n) => tell({ n })));
  expect(frames.length).toBeLessThan(10);
});

test("what is too long for pieces is told as a gap, and what others wrote into the channel is nothing", () => {
  const read = createReader("b");
  const frames = createPacker("a")([tell("x".repeat(2_000_000)), tell(1)]);
  expect(frames.flatMap((frame) => read(frame).said)).toEqual([{ kind: "gap" }, tell(1)]);
  for (const junk of ["", "{}", "null", "[1]", '{"from":1,"said":[]}', '{"from":"b","said":[{"kind":"gap"}]}'])
    expect(read(junk).said).toEqual([]);
  const piece = { id: 0, index: 0, count: 1, data: "e30=" };
  for (const wrong of [{ count: -1 }, { count: 1e9 }, { count: "x" }, { index: 7 }, { data: 1 }, { data: "e30=" }, {}])
    expect(read(JSON.stringify({ from: "a", piece: { ...piece, ...wrong } })).said).toEqual([]);
  for (const said of [1, "x", {}, [null, 1]]) expect(read(JSON.stringify({ from: "a", said })).said).toEqual([]);
});

test("pieces of two servers that come mixed are put together each by itself", () => {
  const [one, two] = [createPacker("a")([tell("1".repeat(20_000))]), createPacker("c")([tell("2".repeat(20_000))])];
  const read = createReader("b");
  const said = one.flatMap((frame, index) => [read(frame), read(two[index]!)]).flatMap((frame) => frame.said);
  expect(said).toEqual([tell("1".repeat(20_000)), tell("2".repeat(20_000))]);
});
