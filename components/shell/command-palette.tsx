"use client";
import { Command as Cmdk } from "cmdk";
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { Dialog as Radix } from "radix-ui";
import { useEffect, useMemo, useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { usePaged } from "@/lib/client/api/paged";
import { joined } from "@/lib/client/api/pages";
import { rankOf } from "@/lib/client/screen/rank";
import { useSettled } from "@/lib/client/screen/use-settled";
import { ALL_PAGES } from "./pages";
import { type Command, Keys, useCommands, useShortcuts } from "./shortcuts";

/** ⌘K: every agent, page and command that is on offer. */
export function CommandPalette() {
  const { commands, paletteOpen, setPaletteOpen } = useShortcuts();
  const [text, setText] = useState("");
  const [selected, setSelected] = useState("");
  const { agents, more, isSearching } = useFoundAgents(text, paletteOpen);
  // The answer comes after something else was selected: an agent of just this name is what is meant.
  const meant = agents.find((agent) => agent.name.toLowerCase() === text.trim().toLowerCase())?.id;
  useEffect(() => {
    if (meant) setSelected(meant);
  }, [meant]);
  const router = useRouter();
  usePageCommands();

  const groups = [...new Set(commands.map((command) => command.group))];
  const show = (open: boolean) => {
    setText("");
    setPaletteOpen(open);
  };
  const choose = (run: () => void) => {
    show(false);
    run();
  };
  return (
    <Radix.Root open={paletteOpen} onOpenChange={show}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-black/40" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[min(600px,calc(100vw-16px))] -translate-x-1/2 overflow-hidden rounded-lg border border-line bg-raised shadow-xl"
        >
          <Radix.Title className="sr-only">Search everything</Radix.Title>
          <Cmdk
            label="Search everything"
            loop
            filter={(_, typed, [name = "", ...words] = []) => rankOf(typed, name, words)}
            value={selected}
            onValueChange={setSelected}
          >
            <Cmdk.Input
              placeholder="Agent, page or command…"
              value={text}
              onValueChange={setText}
              className="h-11 w-full border-line border-b bg-transparent px-4 text-lg outline-none"
            />
            <Cmdk.List className="max-h-[50vh] overflow-auto p-1 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs">
              <Cmdk.Empty className="p-6 text-center text-muted">
                {isSearching ? "Searching…" : "Nothing has that name."}
              </Cmdk.Empty>
              {groups.map((group) => (
                <Cmdk.Group key={group} heading={group}>
                  {commands
                    .filter((command) => command.group === group)
                    .map((command) => (
                      <Item key={command.id} command={command} onChoose={choose} />
                    ))}
                </Cmdk.Group>
              ))}
              <Cmdk.Group heading="Agents">
                {agents.map((agent) => (
                  <Item
                    key={agent.id}
                    command={{
                      id: agent.id,
                      group: "Agents",
                      title: agent.name,
                      words: [agent.model, ...agent.tags],
                      run: () => router.push(`/agents/${agent.id}`),
                    }}
                    onChoose={choose}
                  />
                ))}
                {more.hasMore && (
                  <Cmdk.Item
                    value="more agents"
                    forceMount
                    onSelect={more.loadMore}
                    className="flex min-h-8 cursor-pointer items-center rounded-md px-2 text-muted data-[selected=true]:bg-hover"
                  >
                    {more.isLoadingMore ? "Loading more…" : "Show more agents"}
                  </Cmdk.Item>
                )}
              </Cmdk.Group>
            </Cmdk.List>
          </Cmdk>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const SETTLED_MS = 150;

/** The newest agents, which are found by model and tag too, and all whose name the server finds the text in. */
function useFoundAgents(text: string, enabled: boolean) {
  const query = useSettled(text.trim(), SETTLED_MS);
  const newest = usePaged(agentsList(), { enabled });
  const more = usePaged(agentsList({ query, tag: null }), { enabled });
  const agents = useMemo(() => joined([more.items ?? [], newest.items ?? []]), [more.items, newest.items]);
  return { agents, more, isSearching: query !== text.trim() || more.isStale || !more.items };
}

function Item({ command, onChoose }: { command: Command; onChoose: (run: () => void) => void }) {
  return (
    <Cmdk.Item
      value={command.id}
      keywords={[command.title, command.group, ...(command.words ?? [])]}
      onSelect={() => onChoose(command.run)}
      className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 data-[selected=true]:bg-hover"
    >
      <span className="min-w-0 flex-1 truncate">{command.title}</span>
      {command.words?.[0] && <span className="truncate text-muted text-sm">{command.words[0]}</span>}
      {command.keys && <Keys keys={command.keys} />}
    </Cmdk.Item>
  );
}

function usePageCommands(): void {
  const router = useRouter();
  const { resolvedTheme, setTheme } = useTheme();
  const { showKeys } = useShortcuts();
  const commands = useMemo<Command[]>(
    () => [
      ...ALL_PAGES.map(({ href, name }) => ({
        id: `go-${href}`,
        group: "Go to",
        title: name,
        run: () => router.push(href),
      })),
      { id: "new-agent", group: "Do", title: "New agent", run: () => router.push("/agents?new=1") },
      {
        id: "theme",
        group: "Do",
        title: "Switch between dark and light",
        run: () => setTheme(resolvedTheme === "dark" ? "light" : "dark"),
      },
      { id: "keys", group: "Do", title: "List the keys", run: showKeys },
    ],
    [resolvedTheme, router, setTheme, showKeys],
  );
  useCommands(commands);
}
