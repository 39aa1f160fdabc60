/** The longest list of models that is read, in bytes. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;

export type Asking = {
  ask: typeof fetch;
  headers: Record<string, string>;
  signal: AbortSignal;
};

/** @throws with the host and the status alone: what a server says in its answer is not for everybody. */
export async function getJson(url: string, { ask, headers, signal }: Asking, body?: unknown): Promise<unknown> {
  const { host } = new URL(url);
  const posted =
    body === undefined
      ? { headers }
      : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await ask(url, { ...posted, signal, redirect: "error" });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${host} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_LIST_BYTES) throw new Error(`${host} answered with more than ${MAX_LIST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Error(`${host} did not answer with JSON`);
  }
}
