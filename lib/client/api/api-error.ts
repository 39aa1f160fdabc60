/** A request that failed: `status` is HTTP's, or 0 where no answer came; `detail` is the server's own sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: string;

  constructor(status: number, detail: string) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.detail = detail;
  }
}

/** What an error body of the contract says, in one sentence. */
export function detailOf(body: unknown, status: number): string {
  if (typeof body === "object" && body !== null) {
    const { detail, error, message } = body as { detail?: unknown; error?: unknown; message?: unknown };
    for (const one of [detail, error, message]) {
      if (typeof one === "string") return one;
      if (typeof one === "object" && one !== null && "message" in one) return String(one.message);
    }
  }
  return `The server answered ${status}.`;
}

export type Explanation = { title: string; detail: string; action: string };

/** What happened, why, and what to do, for a person. */
export function explainError(error: unknown): Explanation {
  if (!(error instanceof ApiError)) {
    const detail = error instanceof Error ? error.message : String(error);
    return { title: "Something went wrong on this page", detail, action: "Reload the page." };
  }
  const { status, detail } = error;
  if (status === 0) {
    return {
      title: "The server can't be reached",
      detail,
      action: "Check that Memoir runs (npm start), then try again.",
    };
  }
  const known = KNOWN[status];
  if (known) return { title: known[0], detail, action: known[1] };
  if (status >= 500)
    return { title: "The server failed", detail, action: "Try again; the server's log has the request id." };
  return { title: "The request was refused", detail, action: "Change what the message above names, then try again." };
}

const KNOWN: Record<number, [title: string, action: string]> = {
  401: [
    "You are not signed in",
    "Load this page again to sign in; programs send the password in the Authorization header.",
  ],
  404: ["This is not here", "It may have been deleted. Go back to the agents list."],
  408: ["It took too long", "Try again."],
  409: ["Something else changed it first", "Look at the newest state, then try again."],
  410: ["This stream is too old", "Reload: the messages themselves are kept."],
  422: ["The request was not understood", "Change the field that the message names."],
  429: ["The model's provider refused: too many requests", "Wait a moment, then try again."],
};
