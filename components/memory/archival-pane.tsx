"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Search, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { type FoundPassage, indexProgressQuery, passagesQuery } from "@/lib/client/memory/memory-queries";
import { useSettled } from "@/lib/client/screen/use-settled";
import { EraseButton } from "../erasure/erase-button";
import { Ago, Empty, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Input, Textarea } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";

const TYPING_MS = 400;

/** An agent's archival memory: browse, search as the agent does, insert, delete. */
export function ArchivalPane({ agentId }: { agentId: string }) {
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(false);
  // Every search is kept in the ledger: only what a person stopped typing is one.
  const search = useSettled(text.trim(), TYPING_MS);
  const passages = useQuery(passagesQuery(agentId, search));
  const count = passages.data?.length;
  return (
    <section aria-label="Archival memory">
      <SectionHead title="Archival" note={count === undefined ? undefined : noteOf(count, search)}>
        <Button
          needs="agents.passages.create"
          tone="ghost"
          size="icon-sm"
          aria-label="Add a passage"
          onClick={() => setAdding(!adding)}
        >
          <Plus />
        </Button>
      </SectionHead>
      {adding && <AddPassage agentId={agentId} onDone={() => setAdding(false)} />}
      <div className="relative mx-3 mb-2 block">
        <Search className="absolute top-1.5 left-2 size-4 text-faint" aria-hidden />
        <Input
          aria-label="Search archival memory"
          placeholder="Search as the agent does"
          className="pl-7"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {search !== "" && <IndexProgress agentId={agentId} />}
      {passages.isError ? (
        <Problem error={passages.error} onRetry={() => void passages.refetch()} />
      ) : !passages.data ? (
        <SkeletonRows rows={4} label="Loading passages" />
      ) : passages.data.length === 0 ? (
        search ? (
          <Empty title="Nothing found">The agent would not find it with these words either.</Empty>
        ) : (
          <Empty title="The archive is empty">
            What is too much for memory blocks goes here. The agent inserts with archival_memory_insert; you can with +.
          </Empty>
        )
      ) : (
        <ul>
          {passages.data.map((passage) => (
            <PassageRow key={passage.id} agentId={agentId} passage={passage} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** While what was written is still being indexed: how far that is. */
function IndexProgress({ agentId }: { agentId: string }) {
  const { data } = useQuery(indexProgressQuery(agentId));
  if (!data || data.indexed >= data.total) return null;
  return (
    <p role="status" className="mx-3 mb-2 text-muted text-sm">
      index: {data.indexed.toLocaleString("en")} of {data.total.toLocaleString("en")}
    </p>
  );
}

const LOADED = 200;

function noteOf(count: number, search: string): string {
  if (search) return `${count} found`;
  return count >= LOADED ? `the newest ${count}` : `${count} ${count === 1 ? "passage" : "passages"}`;
}

/** A passage as text, where it stands in a search, and its tags. */
export function PassageText({ passage }: { passage: Omit<FoundPassage, "id"> }) {
  return (
    <div className="min-w-0 flex-1">
      <p className="line-clamp-4 break-words text-sm">{passage.text}</p>
      <p className="flex flex-wrap items-center gap-x-2 text-muted text-xs">
        {passage.rank !== null && <span>rank {passage.rank}</span>}
        {passage.score !== null && <span>score {passage.score.toFixed(3)}</span>}
        <Ago at={passage.at} />
        {passage.tags.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </p>
    </div>
  );
}

function PassageRow({ agentId, passage }: { agentId: string; passage: FoundPassage }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/v1/agents/{agent_id}/archival-memory/{passage_id}", {
          params: { path: { agent_id: agentId, passage_id: passage.id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["passages", agentId] }),
  });
  return (
    <li className="group border-line border-t px-3 py-1.5">
      <div className="flex items-start gap-2">
        <PassageText passage={passage} />
        <Button
          needs="agents.passages.delete"
          tone="ghost"
          size="icon-sm"
          aria-label="Delete the passage"
          aria-expanded={asking}
          onClick={() => setAsking(!asking)}
        >
          <Trash2 />
        </Button>
        <EraseButton erasable={{ type: "passage", id: passage.id, agentId }} what="the passage" />
      </div>
      {asking && (
        <p className="flex flex-wrap items-center gap-2 py-1">
          Delete it? The time line keeps that it was here.
          <Button size="sm" onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button
            needs="agents.passages.delete"
            size="sm"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => remove.mutate()}
          >
            Delete
          </Button>
        </p>
      )}
      {remove.isError && <Problem error={remove.error} className="mx-0" />}
    </li>
  );
}

function AddPassage({ agentId, onDone }: { agentId: string; onDone: () => void }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/agents/{agent_id}/archival-memory", {
          params: { path: { agent_id: agentId } },
          body: { text: text.trim() },
        }),
      ),
    onSuccess: async () => {
      onDone();
      await client.invalidateQueries({ queryKey: ["passages", agentId] });
    },
  });
  return (
    <form
      className="mx-3 mb-2 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Textarea
        aria-label="New passage"
        placeholder="A fact, a note, a piece of text. It is kept whole."
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onDone}>
          Cancel
        </Button>
        <Button
          needs="agents.passages.create"
          size="sm"
          tone="primary"
          type="submit"
          disabled={text.trim() === "" || add.isPending}
        >
          Insert
        </Button>
      </div>
      {add.isError && <Problem error={add.error} className="m-0" />}
    </form>
  );
}
