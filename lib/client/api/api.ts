import createClient from "openapi-fetch";
import { ApiError, detailOf } from "./api-error";
import type { paths } from "./paths";
import { isSignedOut, showSignIn } from "./signed-out";

type Answering = (request: Request) => Promise<Response>;
/** What answers where there is no browser; null in one. */
let answering: Answering | null = null;

/** Has the API answer in the server's own process, where server components ask. The address stands for none. */
export function answerInProcess(answer: Answering): void {
  answering = answer;
}

/** The whole REST API, typed by the endpoint tables. Answers are `{ data, error, response }`: see `unwrap`. */
export const api = createClient<paths>({
  ...(typeof window === "undefined" ? { baseUrl: "http://localhost" } : {}),
  fetch: (request) => (answering ? answering(request) : fetchOrFail(request)),
});

/** Asks the server; an answer that nobody is signed in leads there. @throws ApiError with status 0 where no answer came at all. An abort stays an abort. */
export async function fetchOrFail(input: string | Request, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    if (isSignedOut(response.status, (name) => response.headers.get(name))) showSignIn();
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "No answer came from the server.");
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer. @throws ApiError when the server refused. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new ApiError(response.status, detailOf(error, response.status));
  return data as T;
}

/** Opens a stream of server-sent events. @throws ApiError when it does not open. */
export async function openStream(
  path: `/v1/${string}`,
  body: unknown,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const response = await fetchOrFail(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok || !response.body) {
    const said: unknown = await response.json().catch(() => null);
    throw new ApiError(response.status, detailOf(said, response.status));
  }
  return response.body;
}
