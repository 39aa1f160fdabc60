import type { Core } from "../core/core";
import { log } from "../core/log";
import { jobKind, TryLater } from "../jobs/queue";
import { PrivateAddressError, postPublic } from "../net/post-public";
import { type Ended, payloadOf } from "./payload";
import { callbackSecret, SIGNATURE_HEADER, signature } from "./signature";

/** Tries to deliver before a callback is given up: about a quarter of an hour. */
export const MAX_TRIES = 10;
const TIMEOUT_MS = 15_000;

/** Posts the end of a run or a batch to the address that its request named. */
export const SEND_CALLBACK = jobKind<{ of: Ended["of"]; id: string }>({
  name: "send-callback",
  concurrency: 4,
  // An address that does not answer holds a delivery for its whole time.
  share: {
    async ownerOf(core, { of, id }) {
      const [row] = await core.db.query<{ owner: string }>(`SELECT organization_id AS owner FROM ${of} WHERE id = $1`, [
        id,
      ]);
      return row?.owner ?? null;
    },
    most: () => 2,
  },
  retries: MAX_TRIES,
  retryDelayS: 1,
  timeoutS: 120,
  run: async (core, { of, id }, signal) => {
    const ended = await readEnded(core, of, id);
    if (!ended) return;
    const delivery = await deliver(core, ended, signal);
    const attempts = ended.callback_attempts + 1;
    const done = !delivery.again || attempts >= MAX_TRIES;
    await core.db.query(
      `UPDATE ${of} SET callback_sent_at = $2::timestamptz, callback_status = $3, callback_error = $4,
         callback_attempts = $5, callback_done = $6 WHERE id = $1`,
      [id, core.now().toISOString(), delivery.status, delivery.error, attempts, done],
    );
    if (!done) throw new TryLater(delivery.error ?? "");
  },
});

/** Has the callback of a run or a batch sent. What goes wrong here is found by the sweep. */
export async function announceEnd(core: Core, of: Ended["of"], id: string): Promise<void> {
  await core.jobs
    .send(SEND_CALLBACK, { of, id }, { key: `${of}/${id}` })
    .catch((error: unknown) => log.error({ err: error, id }, "a callback waits for the next sweep"));
}

/** Null for what is not over, wants no callback, or has had it. */
async function readEnded(core: Core, of: Ended["of"], id: string): Promise<Ended | null> {
  const [row] = await core.db.query<Omit<Ended, "of">>(
    `SELECT id, organization_id, status, completed_at, metadata, callback_url, callback_attempts FROM ${of}
     WHERE id = $1 AND callback_url IS NOT NULL AND completed_at IS NOT NULL AND NOT callback_done`,
    [id],
  );
  return row ? { ...row, of } : null;
}

type Delivery = { status: number | null; error: string | null; again: boolean };

async function deliver(core: Core, ended: Ended, signal: AbortSignal): Promise<Delivery> {
  const body = JSON.stringify(await payloadOf(core, ended, signal));
  try {
    const status = await postPublic({
      url: ended.callback_url,
      body,
      headers: {
        "user-agent": "memoir",
        [SIGNATURE_HEADER]: signature(callbackSecret(core), Math.floor(core.now().getTime() / 1000), body),
      },
      allowPrivate: core.config.allowPrivateUrls,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (status >= 200 && status < 300) return { status, error: null, again: false };
    return { status, error: refusal(status), again: status === 408 || status === 429 || status >= 500 };
  } catch (error) {
    // The queue stops: that says nothing about the address.
    if (signal.aborted) throw error;
    return { status: null, error: (error as Error).message, again: !(error instanceof PrivateAddressError) };
  }
}

function refusal(status: number): string {
  return status >= 300 && status < 400
    ? `answered ${status}: redirects are not followed`
    : `answered ${status}, not a success`;
}
