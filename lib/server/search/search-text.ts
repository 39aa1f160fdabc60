/** What is searched for, as SQL expressions: one place for the index, for queries and for what a result shows. */

/** The text search configuration: its dictionaries stem words and drop stop words. */
export const LANGUAGE = "english";

/** As `LANGUAGE`, for a query of stop words alone: every word as it is. */
export const PLAIN_LANGUAGE = "simple";

/**
 * Postgres' parser takes `and/or`, `end.Then`, `a@b.c` or `-5` for one word, which a search for a part of it would miss,
 * and drops what looks like a tag: to the index, what it joins words by is a space. Chinese and Japanese have no spaces:
 * each of their characters counts as a word.
 */
export function wordsSql(text: string): string {
  const spaced = `translate(${text}, '${JOINTS}', '${" ".repeat(JOINTS.length)}')`;
  return `CASE WHEN octet_length(${text}) = length(${text}) THEN ${spaced} ELSE regexp_replace(${spaced}, '${HAN_OR_KANA}', ' \\1 ', 'g') END`;
}

const JOINTS = "./-@<+~";
const HAN_OR_KANA = "([\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff])";

/**
 * The text of a message (an alias of table `message`) as a reader knows it: what a user or an assistant said. Text parts,
 * and the words of `send_message` calls, whose arguments may be malformed. Null where nothing was said: tool returns,
 * reasoning, and what the server itself tells the model as a user (heartbeats, logins, alerts: packed JSON with a `type`).
 */
export function messageTextSql(message: string): string {
  return `CASE WHEN ${message}.role IN ('user', 'assistant', 'approval') AND jsonb_typeof(${message}.parts) = 'array' THEN (
    SELECT string_agg(said.text, E'\\n' ORDER BY said.n) FROM (
      SELECT item.n, CASE
        WHEN item.part->>'type' = 'text' AND item.part->>'text' !~ '${PACKED}' THEN item.part->>'text'
        WHEN item.part->>'type' = 'text' AND item.part->>'text' ~ '${PACKED_USER_MESSAGE}' THEN ${saidSql("item.part->>'text'")}
        WHEN item.part->>'type' = 'tool_call' AND item.part->>'name' = 'send_message' THEN ${saidSql("item.part->>'arguments'")}
        END AS text
      FROM jsonb_array_elements(${message}.parts) WITH ORDINALITY AS item(part, n)) said
    WHERE btrim(said.text, E' \\t\\r\\n') <> '') END`;
}

/** Who said it: a request for approval, with the words before it, is the assistant's. */
export function speakerSql(message: string): string {
  return `CASE ${message}.role WHEN 'approval' THEN 'assistant' ELSE ${message}.role END`;
}

const PACKED = '^\\s*\\{\\s*"type"\\s*:\\s*"(heartbeat|login|system_alert|user_message)"';
const PACKED_USER_MESSAGE = '^\\s*\\{\\s*"type"\\s*:\\s*"user_message"';

/**
 * The `message` of a JSON object, or null. It never fails: a string that JSON or Postgres could not read (a NUL, half a
 * surrogate pair, a bad escape, no end) is taken as far as it goes, with spaces for its escapes.
 */
function saidSql(json: string): string {
  const exact = `('"' || substring(${json} from '${KEY}"(${JSON_CHARACTER}*)"') || '"')::jsonb #>> '{}'`;
  const rough = `regexp_replace(substring(${json} from '${KEY}"((?:[^"\\\\]|\\\\.)*)'), '\\\\(?:u[0-9a-fA-F]{1,4}|.)', ' ', 'g')`;
  return `coalesce(${exact}, ${rough})`;
}

const KEY = '[{,]\\s*"message"\\s*:\\s*';
const HEX = "[0-9a-fA-F]";
/** One character of a JSON string: no control character, NUL or lone surrogate among them. */
const JSON_CHARACTER = `(?:${[
  '[^"\\\\\\u0001-\\u001f]',
  '\\\\["\\\\/bfnrt]',
  `\\\\u(?:[1-9a-cA-CefEF]${HEX}{3}|[dD][0-7]${HEX}{2}|0[1-9a-fA-F]${HEX}{2}|00[1-9a-fA-F]${HEX}|000[1-9a-fA-F])`,
  `\\\\u[dD][89abAB]${HEX}{2}\\\\u[dD][c-fC-F]${HEX}{2}`,
].join("|")})`;
