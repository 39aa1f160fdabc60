// Time zones for an interpreter that has no files of them: made from what Node itself knows, in the format of RFC 8536.
const FROM_YEAR = 1970;
const TO_YEAR = 2050;
const STEP_MS = 7 * 24 * 3600 * 1000;

/** @returns the bytes of a TZif file, or null where there is no such zone. */
export function timeZoneFile(name) {
  let clock;
  try {
    clock = clockOf(name);
  } catch {
    return null;
  }
  return encode(transitionsOf(clock));
}

function clockOf(timeZone) {
  const fields = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  };
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...fields, timeZoneName: "short" });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const { year, month, day, hour, minute, second } = parts;
    const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    return { offset: Math.round((local - ms) / 1000), name: parts.timeZoneName };
  };
}

const same = (a, b) => a.offset === b.offset && a.name === b.name;

/** Each moment, in seconds, at which the clock changes, and what it shows from then on; the first has no moment. */
function transitionsOf(clock) {
  let at = Date.UTC(FROM_YEAR, 0, 1);
  let now = clock(at);
  const found = [{ at: null, ...now }];
  for (const end = Date.UTC(TO_YEAR, 0, 1); at < end; at += STEP_MS) {
    const next = clock(at + STEP_MS);
    if (same(now, next)) continue;
    let [low, high] = [at / 1000, (at + STEP_MS) / 1000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (same(clock(middle * 1000), now)) low = middle;
      else high = middle;
    }
    found.push({ at: high, ...next });
    now = next;
  }
  return found;
}

function encode(transitions) {
  const kinds = [];
  const kindOf = (one) => {
    const known = kinds.findIndex((kind) => same(kind, one));
    return known >= 0 ? known : kinds.push(one) - 1;
  };
  const used = transitions.map((one) => ({ at: one.at, kind: kindOf(one) }));
  const usual = Math.min(...kinds.map((kind) => kind.offset));
  const names = kinds.map((kind) => `${kind.name}\0`).join("");
  const moments = used.slice(1);
  const head = (times, types, chars) => {
    const bytes = Buffer.alloc(44);
    bytes.write("TZif2");
    bytes.writeUInt32BE(times, 32);
    bytes.writeUInt32BE(types, 36);
    bytes.writeUInt32BE(chars, 40);
    return bytes;
  };
  // Readers of the second version skip the first, which is empty here.
  const first = Buffer.concat([head(0, 1, 1), Buffer.alloc(7)]);
  const times = Buffer.alloc(moments.length * 8);
  moments.forEach(({ at }, index) => void times.writeBigInt64BE(BigInt(at), index * 8));
  const types = Buffer.alloc(kinds.length * 6);
  let nameAt = 0;
  kinds.forEach((kind, index) => {
    types.writeInt32BE(kind.offset, index * 6);
    types.writeUInt8(kind.offset > usual && kinds.length > 1 ? 1 : 0, index * 6 + 4);
    types.writeUInt8(nameAt, index * 6 + 5);
    nameAt += kind.name.length + 1;
  });
  const second = [times, Buffer.from(moments.map(({ kind }) => kind)), types, Buffer.from(names, "latin1")];
  return Buffer.concat([first, head(moments.length, kinds.length, names.length), ...second, Buffer.from("\n\n")]);
}
