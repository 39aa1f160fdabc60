import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";

/** What one statement writes or reads: the embedded database answers nobody else while one runs. */
const PART_BYTES = 128 * 1024;

/** Keeps what was uploaded, in parts. */
export async function insertParts(sql: Sql, fileId: string, bytes: Uint8Array): Promise<void> {
  for (let start = 0, number = 0; start < bytes.length; start += PART_BYTES, number++) {
    const part = bytes.subarray(start, start + PART_BYTES);
    await sql.query("INSERT INTO file_part (file_id, number, bytes) VALUES ($1, $2, $3::bytea)", [
      ...[fileId, number],
      Buffer.from(part.buffer, part.byteOffset, part.byteLength),
    ]);
    await othersTurn();
  }
}

/** What was uploaded, from its parts; `whole` is how a version before kept it. */
export async function readParts(sql: Sql, fileId: string, whole: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [whole];
  for (let number = 0; ; number++) {
    const [row] = await sql.query<{ bytes: Uint8Array }>(
      "SELECT bytes FROM file_part WHERE file_id = $1 AND number = $2",
      [fileId, number],
    );
    if (!row) break;
    parts.push(row.bytes);
    await othersTurn();
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export async function deleteParts(sql: Sql, fileId: string): Promise<void> {
  await sql.query("DELETE FROM file_part WHERE file_id = $1", [fileId]);
}
