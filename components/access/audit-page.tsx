"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, X } from "lucide-react";
import {
  type AuditFilter,
  auditExportHref,
  auditFilterParams,
  auditList,
  auditQuery,
  auditSettingsQuery,
  keepAuditFor,
  OUTCOMES,
  readAuditFilter,
} from "@/lib/client/access/audit";
import { useMay } from "@/lib/client/access/permissions";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { shortId } from "@/lib/client/screen/format";
import { useAddress } from "@/lib/client/screen/use-address";
import { SelectField } from "../form/text-field";
import { Empty } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input, Select } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { AuditRow } from "./audit-row";
import { Part, SettingsFrame } from "./settings-frame";

/** Who changed what, when and from where; for owners and admins. */
export function AuditPage() {
  const [params, setParams] = useAddress();
  const filter = readAuditFilter(params);
  const { why } = useMay("audit.list");
  return (
    <SettingsFrame
      title="Audit"
      code={[
        operation("audit.list", {
          method: "get",
          path: "/v1/audit",
          query: { limit: 50, ...auditQuery(filter) },
          named: false,
        }),
      ]}
    >
      {why === null ? (
        <>
          <Entries
            filter={filter}
            onFilter={(changes) => setParams((now) => auditFilterParams({ ...readAuditFilter(now), ...changes }))}
          />
          <Retention />
        </>
      ) : (
        <p className="text-muted">{why} The audit is for owners and admins.</p>
      )}
    </SettingsFrame>
  );
}

type EntriesProps = { filter: AuditFilter; onFilter: (changes: AuditFilter) => void };

function Entries({ filter, onFilter }: EntriesProps) {
  const list = usePaged(auditList(filter));
  return (
    <Part title="What was changed">
      <p className="mb-2 text-muted">
        Every change, sign-in and refusal. Secrets and what was said to agents are never in it. Nobody can change an
        entry, this server included.
      </p>
      <Filters filter={filter} onFilter={onFilter} />
      {list.error ? (
        <Problem error={list.error} onRetry={list.refetch} className="m-0" />
      ) : !list.items ? (
        <SkeletonRows rows={6} label="Loading the audit" />
      ) : list.items.length === 0 ? (
        <Empty title="Nothing found">Changes appear here as they are made.</Empty>
      ) : (
        <ul aria-label="Entries" aria-busy={list.isStale} className="border-line border-t">
          {list.items.map((entry) => (
            <AuditRow key={entry.id} entry={entry} onFilter={onFilter} />
          ))}
        </ul>
      )}
      <ListEnd list={list} what="entries" />
    </Part>
  );
}

const RESOURCES = [
  "agents",
  "blocks",
  "tools",
  "mcpServers",
  "folders",
  "archives",
  "conversations",
  "templates",
  "suites",
  "identities",
  "providers",
  "keys",
  "accessTokens",
  "members",
  "invitations",
  "sessions",
  "account",
  "audit",
];

function Filters({ filter, onFilter }: EntriesProps) {
  const { resource, outcome, actorId, targetId, from, to } = filter;
  const chips: [what: string, change: AuditFilter][] = [
    ...(actorId ? ([[`By ${shortId(actorId)}`, { actorId: undefined }]] as [string, AuditFilter][]) : []),
    ...(targetId ? ([[`Of ${shortId(targetId)}`, { targetId: undefined }]] as [string, AuditFilter][]) : []),
  ];
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2">
      <Select
        aria-label="Of what"
        className="w-auto flex-1 sm:flex-none"
        value={resource ?? ""}
        onChange={(event) => onFilter({ resource: event.target.value || undefined })}
      >
        <option value="">Everything</option>
        {[...new Set([...RESOURCES, ...(resource ? [resource] : [])])].map((one) => (
          <option key={one} value={one}>
            {one.replaceAll(/([A-Z])/g, " $1").toLowerCase()}
          </option>
        ))}
      </Select>
      <Select
        aria-label="How it ended"
        className="w-auto flex-1 sm:flex-none"
        value={outcome ?? ""}
        onChange={(event) => onFilter({ outcome: OUTCOMES.find((one) => one === event.target.value) })}
      >
        <option value="">However it ended</option>
        {OUTCOMES.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Select>
      {(["from", "to"] as const).map((side) => (
        <span key={side} className="flex flex-1 items-center gap-1 text-muted text-sm sm:flex-none">
          <span aria-hidden>{side}</span>
          <Input
            type="date"
            aria-label={side === "from" ? "From day" : "To day"}
            className="w-auto flex-1"
            value={(side === "from" ? from : to) ?? ""}
            onChange={(event) => onFilter({ [side]: event.target.value || undefined })}
          />
        </span>
      ))}
      {chips.map(([what, change]) => (
        <Button key={what} size="sm" aria-label={`Without: ${what}`} onClick={() => onFilter(change)}>
          {what} <X aria-hidden />
        </Button>
      ))}
      <span className="ml-auto flex gap-2">
        {(["csv", "json"] as const).map((format) => (
          <Button key={format} asChild>
            <a href={auditExportHref(filter, format)} download>
              <Download /> {format.toUpperCase()}
            </a>
          </Button>
        ))}
      </span>
    </div>
  );
}

const SPANS: readonly { days: number | null; name: string }[] = [
  { days: null, name: "for ever" },
  { days: 90, name: "for 90 days" },
  { days: 365, name: "for a year" },
  { days: 730, name: "for two years" },
  { days: 2555, name: "for seven years" },
];

function Retention() {
  const client = useQueryClient();
  const { why } = useMay("audit.settings.update");
  const settings = useQuery(auditSettingsQuery());
  const keep = useMutation({
    mutationFn: keepAuditFor,
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.auditSettings() }),
  });
  const days = settings.data?.retention_days;
  const spans =
    SPANS.some((one) => one.days === days) || days == null ? SPANS : [...SPANS, { days, name: `for ${days} days` }];
  return (
    <Part title="How long it is kept">
      {settings.isError && <Problem error={settings.error} onRetry={() => void settings.refetch()} className="m-0" />}
      {keep.isError && <Problem error={keep.error} className="m-0" />}
      {settings.data && (
        <SelectField
          label="Entries are kept"
          hint={why ?? "Older ones are deleted, and cannot be brought back. Never before 30 days."}
          disabled={why !== null || keep.isPending}
          value={String(days)}
          onChange={(text) => keep.mutate(spans.find((one) => String(one.days) === text)?.days ?? null)}
        >
          {spans.map(({ days: one, name }) => (
            <option key={name} value={String(one)}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
    </Part>
  );
}
