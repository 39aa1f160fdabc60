const KEY = "memoir.last-agent";

/** Which agent was open last in this browser; null where none was or the browser keeps nothing. */
export function readLastAgent(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function writeLastAgent(agentId: string): void {
  try {
    localStorage.setItem(KEY, agentId);
  } catch {
    // A browser that keeps nothing opens the newest agent instead.
  }
}
