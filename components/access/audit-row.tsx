"use client";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type AuditEntry, type AuditFilter, actName, doerOf, shownValue } from "@/lib/client/access/audit";
import { nameOfBrowser } from "@/lib/client/access/user-agent";
import { formatExact } from "@/lib/client/screen/format";
import { Ago, Id } from "../shell/bits";
import { Badge } from "../ui/badge";
import { cn } from "../ui/cn";

type RowProps = { entry: AuditEntry; onFilter: (changes: AuditFilter) => void };

/** What somebody did: in a line, and all that is known of it behind that. */
export function AuditRow({ entry, onFilter }: RowProps) {
  const [isOpen, setOpen] = useState(false);
  const { actor, target, outcome } = entry;
  return (
    <li className="border-line border-b">
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex w-full items-start gap-2 px-1 py-1.5 text-left hover:bg-hover"
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronRight className={cn("mt-1 size-3.5 shrink-0 text-muted", isOpen && "rotate-90")} aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-center gap-x-2">
            <span className="font-medium">{actName(entry.operation)}</span>
            {target.name && <span className="min-w-0 break-words">{target.name}</span>}
            {outcome !== "done" && <Badge>{outcome ?? "not known how it ended"}</Badge>}
          </span>
          <span className="block text-muted text-sm">
            by {doerOf(actor)}
            {actor.on_behalf_of && " for another user"} · <span className="break-all">{entry.address}</span> ·{" "}
            <Ago at={entry.created_at} />
          </span>
        </span>
      </button>
      {isOpen && <Details entry={entry} onFilter={onFilter} />}
    </li>
  );
}

function Details({ entry, onFilter }: RowProps) {
  const { actor, target, difference } = entry;
  return (
    <div className="flex flex-col gap-3 pb-3 pl-6">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
        <Fact name="When">{formatExact(entry.created_at)}</Fact>
        <Fact name="Operation">
          <code className="break-all font-mono">{entry.operation}</code>
        </Fact>
        {target.id && (
          <Fact name="Of">
            <Id id={target.id} />{" "}
            <Narrow onClick={() => onFilter({ targetId: target.id ?? undefined })}>all of it</Narrow>
          </Fact>
        )}
        <Fact name="Who">
          {doerOf(actor)}
          {actor.role && `, ${actor.role}`}{" "}
          {actor.id && (
            <>
              <Id id={actor.id} />{" "}
              <Narrow onClick={() => onFilter({ actorId: actor.id ?? undefined })}>all by them</Narrow>
            </>
          )}
        </Fact>
        {actor.on_behalf_of && (
          <Fact name="For">
            <Id id={actor.on_behalf_of} />
          </Fact>
        )}
        {actor.credential_id && (
          <Fact name="By">
            <Id id={actor.credential_id} />
          </Fact>
        )}
        <Fact name="From">
          <span className="break-all">{entry.address}</span>,{" "}
          <span title={entry.user_agent ?? undefined}>{nameOfBrowser(entry.user_agent)}</span>
        </Fact>
        {entry.problem && <Fact name="Ended by">{entry.problem}</Fact>}
        {entry.request_id && (
          <Fact name="Request">
            <code className="break-all font-mono">{entry.request_id}</code>
          </Fact>
        )}
      </dl>
      {difference.length > 0 && (
        <table className="w-full table-fixed border-collapse text-left text-sm">
          <caption className="sr-only">What is different</caption>
          <thead className="text-muted">
            <tr className="border-line border-b">
              <th className="w-1/3 py-1 pr-2 font-normal">Field</th>
              <th className="py-1 pr-2 font-normal">Before</th>
              <th className="py-1 font-normal">After</th>
            </tr>
          </thead>
          <tbody>
            {difference.map(({ field, before, after }) => (
              <tr key={field} className="border-line border-b align-top">
                <th scope="row" className="break-words py-1 pr-2 font-mono font-normal">
                  {field}
                </th>
                <td className="break-words py-1 pr-2">{shownValue(before)}</td>
                <td className="break-words py-1">{shownValue(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Narrow({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className="text-accent underline" onClick={onClick}>
      {children}
    </button>
  );
}
