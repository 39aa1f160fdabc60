const listeners = new WeakMap<AbortSignal, () => void>();

/** Calls `listener` whenever bytes come of an answer to a request that was made with this signal. */
export function onBytes(signal: AbortSignal, listener: () => void): void {
  listeners.set(signal, listener);
}

/** A `fetch` that tells of each piece of an answer as it comes: comments keep an answer alive that no parser speaks of. */
export function tellingFetch(send: typeof fetch): typeof fetch {
  const telling = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await send(input, init);
    const heard = init?.signal ? listeners.get(init.signal) : undefined;
    if (!heard || !response.body) return response;
    heard();
    const { status, statusText, headers } = response;
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          heard();
          controller.enqueue(bytes);
        },
      }),
    );
    return new Response(body, { status, statusText, headers });
  };
  return telling as typeof fetch;
}
