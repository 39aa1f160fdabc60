/** What one server says: to all, or to the one that asked. */
export type Said =
  | { kind: "tell"; topic: string; data: unknown }
  | { kind: "ask"; topic: string; data: unknown; id: string }
  | { kind: "answer"; to: string; id: string; data: unknown }
  /** Something that was said may not have arrived. */
  | { kind: "gap" };

/** A notification of Postgres holds fewer than 8,000 bytes, its quotes and marks included. */
const MOST_BYTES = 7900;
/** Bytes of a piece, a third more in base 64, beside the frame that holds it. */
const PIECE_BYTES = 5600;
/** Pieces of one saying at most: what is longer is not for here. */
const MOST_PIECES = 200;
/** Sayings of which not all has come yet. */
const MOST_OPEN = 200;

type Frame = { from: string; said?: Said[]; piece?: { id: number; index: number; count: number; data: string } };

/**
 * Packs sayings into frames that a notification holds: small ones together, in order, a large one in pieces. One that is
 * too large for that is left out, and told as a gap.
 */
export function createPacker(from: string): (all: readonly Said[]) => string[] {
  let count = 0;
  return (all) => {
    const frames: string[] = [];
    const open: Frame & { said: Said[] } = { from, said: [] };
    let bytes = 0;
    const close = () => {
      if (open.said.length > 0) frames.push(JSON.stringify(open));
      open.said = [];
      bytes = 0;
    };
    const room = MOST_BYTES - Buffer.byteLength(JSON.stringify(open));
    for (const said of all) {
      const text = JSON.stringify(said);
      const size = Buffer.byteLength(text) + 1;
      if (size > room) {
        close();
        frames.push(...inPieces(from, count++, Buffer.from(text)));
        continue;
      }
      if (bytes + size > room) close();
      open.said.push(said);
      bytes += size;
    }
    close();
    return frames;
  };
}

function inPieces(from: string, id: number, bytes: Buffer): string[] {
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  if (count > MOST_PIECES) return [JSON.stringify({ from, said: [{ kind: "gap" }] } satisfies Frame)];
  return Array.from({ length: count }, (_, index) => {
    const data = bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES).toString("base64");
    return JSON.stringify({ from, piece: { id, index, count, data } } satisfies Frame);
  });
}

type Heard = { from: string; said: Said[] };

/**
 * Reads frames of other servers. What can't be read, and what is one's own, says nothing: whoever may use the database may
 * write into the channel.
 */
export function createReader(own: string): (frame: string) => Heard {
  const open = new Map<string, (Buffer | undefined)[]>();
  const NOTHING = { from: "", said: [] };
  return (text) => {
    const frame = parsed(text) as Frame | null;
    if (!frame || typeof frame.from !== "string" || frame.from === own) return NOTHING;
    if (!frame.piece) return { from: frame.from, said: Array.isArray(frame.said) ? frame.said.filter(isSaid) : [] };
    const { id, index, count, data } = frame.piece;
    if (!(count > 0 && count <= MOST_PIECES && index >= 0 && index < count && typeof data === "string")) return NOTHING;
    const key = `${frame.from}/${id}`;
    const pieces = open.get(key) ?? new Array<Buffer | undefined>(Math.floor(count)).fill(undefined);
    pieces[index] = Buffer.from(data, "base64");
    open.set(key, pieces);
    if (pieces.includes(undefined)) {
      // Of a server that is gone, the rest never comes.
      if (open.size > MOST_OPEN) open.delete(open.keys().next().value!);
      return NOTHING;
    }
    open.delete(key);
    const said = parsed(Buffer.concat(pieces as Buffer[]).toString()) as Said | null;
    return isSaid(said) ? { from: frame.from, said: [said] } : NOTHING;
  };
}

const isSaid = (said: Said | null): said is Said => typeof said === "object" && said !== null && "kind" in said;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
