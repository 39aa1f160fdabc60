"use client";
import { ChevronDown, Send, Square } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import { useMay } from "@/lib/client/access/permissions";
import { useHydrated } from "@/lib/client/screen/use-hydrated";
import { Button } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";

type Role = "user" | "system";

type ComposerProps = {
  agentName: string;
  live: boolean;
  /** Why nothing can be sent now, if so. */
  blocked: string | null;
  onSend: (role: Role, text: string) => void;
  onStop: () => void;
  stopping: boolean;
};

const MAX_PX = 200;

/** Where a message is written: as whom, what, and stop while the agent works. */
export function Composer({ agentName, live, blocked, onSend, onStop, stopping }: ComposerProps) {
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role>("user");
  const field = useRef<HTMLTextAreaElement>(null);
  const isHydrated = useHydrated();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, MAX_PX)}px`;
  }, [text]);

  const { why } = useMay("agents.messages.stream");
  const ready = !live && blocked === null && text.trim() !== "";
  function send() {
    if (!ready) return;
    onSend(role, text.trim());
    setText("");
  }

  if (why !== null) {
    return (
      <p className="m-2 rounded-lg border border-line p-3 text-muted sm:m-3">
        {why} Testers and those above them talk to {agentName}.
      </p>
    );
  }
  return (
    <form
      className="m-2 flex flex-col rounded-lg border border-line-strong bg-background focus-within:border-ring sm:m-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        readOnly={!isHydrated}
        rows={1}
        aria-label={`Message to ${agentName}`}
        placeholder={blocked ?? `Message to ${agentName}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className="max-h-50 resize-none bg-transparent px-3 pt-2 text-base outline-none focus-visible:outline-none"
      />
      <div className="flex items-center gap-2 p-1.5">
        <RoleChip role={role} onChange={setRole} />
        <span className="ml-auto hidden text-muted text-xs sm:inline">⏎ send · ⇧⏎ new line</span>
        {live ? (
          <Button size="sm" tone="danger" className="ml-auto sm:ml-0" onClick={onStop} disabled={stopping}>
            <Square /> {stopping ? "Stopping…" : "Stop"}
          </Button>
        ) : (
          <Button size="sm" tone="primary" className="ml-auto sm:ml-0" type="submit" disabled={!ready}>
            <Send /> Send
          </Button>
        )}
      </div>
    </form>
  );
}

function RoleChip({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  return (
    <Menu
      trigger={
        <Button size="sm" tone="ghost" aria-label={`Send as ${role}`}>
          as {role} <ChevronDown />
        </Button>
      }
    >
      <MenuItem onSelect={() => onChange("user")}>as user: what a person says</MenuItem>
      <MenuItem onSelect={() => onChange("system")}>as system: what the application says</MenuItem>
    </Menu>
  );
}
