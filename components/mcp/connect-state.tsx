"use client";
import type { Connecting } from "@/lib/client/mcp/mcp";
import { Button } from "../ui/button";

/** How a connection goes; where a person has to let this server in, the way there. */
export function ConnectState({ state, onGiveUp }: { state: Connecting; onGiveUp: () => void }) {
  if (state.phase === "connecting") return <p role="status">Connecting…</p>;
  if (state.phase === "connected") {
    return (
      <p role="status" className="text-files">
        Connected: it offers {state.tools === 1 ? "one tool" : `${state.tools} tools`}.
      </p>
    );
  }
  if (state.phase === "failed") {
    return (
      <p role="alert" className="break-words text-error">
        Not connected: {state.message}
      </p>
    );
  }
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 rounded-md border border-tools/40 p-2">
      <span>This server wants you to sign in. It goes on here when you have.</span>
      {state.url && (
        <Button asChild tone="primary" size="sm">
          <a href={state.url} target="_blank" rel="noopener noreferrer">
            Sign in at {new URL(state.url).host}
          </a>
        </Button>
      )}
      <Button size="sm" onClick={onGiveUp}>
        Give up
      </Button>
    </div>
  );
}
