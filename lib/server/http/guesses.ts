import { createHash } from "node:crypto";
import { type BlockList, isIP, isIPv6 } from "node:net";
import { ApiError } from "../core/errors";
import { log } from "../core/log";

/** So many different wrong passwords cost nothing; after them, each one more doubles the wait up to the longest. */
const FREE = 10;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
/** Who would wait longer than this for a turn is sent away. */
const PATIENCE_MS = 8000;
/** One wrong password is forgotten after so long a time. */
const FORGIVE_MS = 60_000;
const MOST_ADDRESSES = 10_000;

type Guesser = {
  wrong: number;
  /** When `wrong` was last counted down. */
  at: number;
  /** When the next password from here may be looked at. */
  nextAt: number;
  /** How many wait for their turn: as long as nobody knows, their passwords are taken for wrong. */
  waiting: number;
  /** Hashes of the last wrong ones: a client with an old password sends the same again and again, and guesses nothing. */
  seen: Set<string>;
};

/** Where a password comes from. */
export type Asker = {
  address: string;
  /** The connection, where it is one client's alone: once the right password came over it, it does not wait. */
  connection: object | null;
};

export type Guesses = {
  /**
   * Looks at a password from an address, at once or when its turn comes.
   *
   * @throws ApiError 429 where the turn is too far off.
   */
  check(from: Asker, given: string, isRight: (given: string) => boolean): Promise<boolean>;
  /**
   * As `check`, for what takes a while to look at: the password of one of many accounts. Each counts, also one that was
   * wrong before, since it may have become the right one; a connection proves nothing, since its owner may know one account.
   */
  weigh(from: Asker, isRight: () => Promise<boolean>): Promise<boolean>;
};

/**
 * Slows down who guesses the password, by address. From an address with many wrong guesses, right and wrong passwords
 * alike are looked at one at a time with a wait between them: a right one behind the same proxy gets its turn within
 * seconds, and a guesser learns no faster by asking on many connections.
 */
export function createGuesses(clock = () => Date.now(), pause = wait): Guesses {
  const guessers = new Map<string, Guesser>();
  const proven = new WeakSet<object>();

  function guesserAt(address: string): Guesser {
    const now = clock();
    const guesser = guessers.get(address) ?? { wrong: 0, at: now, nextAt: 0, waiting: 0, seen: new Set<string>() };
    // The last to be forgotten are those that asked last.
    guessers.delete(address);
    guessers.set(address, guesser);
    if (guessers.size > MOST_ADDRESSES) guessers.delete(guessers.keys().next().value!);
    const forgiven = Math.floor((now - guesser.at) / FORGIVE_MS);
    if (forgiven > 0) {
      guesser.wrong = Math.max(0, guesser.wrong - forgiven);
      guesser.at += forgiven * FORGIVE_MS;
    }
    return guesser;
  }

  /** Null where nobody has to wait: then nothing may come between a guess and its count. */
  function takeTurn(guesser: Guesser): Promise<void> | null {
    if (guesser.wrong < FREE) return null;
    const now = clock();
    const turnAt = Math.max(now, guesser.nextAt);
    if (turnAt - now > PATIENCE_MS) {
      const seconds = Math.ceil((turnAt - now) / 1000);
      throw new ApiError(
        "too-many",
        `Too many wrong passwords came from this address. Try again in ${seconds} seconds.`,
        { retry_after: seconds },
      );
    }
    const wrong = guesser.wrong + guesser.waiting;
    guesser.nextAt = turnAt + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (wrong - FREE));
    if (turnAt <= now) return null;
    guesser.waiting++;
    return pause(turnAt - now).finally(() => guesser.waiting--);
  }

  return {
    async check({ address, connection }, given, isRight) {
      const guesser = guesserAt(address);
      const hash = createHash("sha256").update(given).digest("base64");
      if (guesser.seen.has(hash)) return false;
      const turn = connection && proven.has(connection) ? null : takeTurn(guesser);
      if (turn) await turn;
      if (isRight(given)) {
        if (connection) proven.add(connection);
        return true;
      }
      if (connection) proven.delete(connection);
      guesser.wrong++;
      guesser.seen.add(hash);
      if (guesser.seen.size > FREE * 2) guesser.seen.delete(guesser.seen.values().next().value!);
      tell(address, guesser);
      return false;
    },
    async weigh({ address }, isRight) {
      const guesser = guesserAt(address);
      const turn = takeTurn(guesser);
      if (turn) await turn;
      // Counted as wrong until it is known: others ask meanwhile.
      guesser.wrong++;
      const right = await isRight().catch((error: unknown) => {
        guesser.wrong--;
        throw error;
      });
      if (right) guesser.wrong--;
      else tell(address, guesser);
      return right;
    },
  };
}

function tell(address: string, { wrong }: Guesser): void {
  const say = wrong < FREE ? log.info : log.warn;
  say({ address, wrong }, "a wrong password");
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Of who came by no connection: a page that is made, in the server's own process. */
export const UNKNOWN_ADDRESS = "unknown";

/**
 * Where a request comes from: its connection, or what the proxies say that are trusted, from the last one on. Networks
 * give a household 2^64 addresses of version 6, which are one here.
 */
export function addressOf(peer: string | undefined, forwarded: string | undefined, trusted: BlockList): string {
  let address = plain(peer ?? "");
  const hops = (forwarded ?? "").split(",").map((hop) => plain(hop.trim()));
  while (isTrusted(address, trusted) && hops.length > 0) {
    const hop = hops.pop()!;
    if (isIP(hop) === 0) break;
    address = hop;
  }
  if (!isIPv6(address)) return address || UNKNOWN_ADDRESS;
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [first, last] = [head, tail ?? ""].map((half) => half.split(":").filter(Boolean)) as [string[], string[]];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return `${[...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":")}::/64`;
}

/** Addresses of version 4 as such, without ports. */
function plain(address: string): string {
  const bare = address.replace(/^\[([^\]]+)\](:\d+)?$/, "$1").replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(mapped) ? mapped.replace(/:\d+$/, "") : mapped;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address);
  return version !== 0 && trusted.check(address, version === 6 ? "ipv6" : "ipv4");
}
