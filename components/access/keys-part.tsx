"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createKey, hasExpired, type Key, keysList, type NewKey, revokeKey } from "@/lib/client/access/keys";
import { mayGive } from "@/lib/client/access/member-queries";
import { useRole } from "@/lib/client/access/permissions";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { formatExact } from "@/lib/client/screen/format";
import { SelectField, TextField } from "../form/text-field";
import { Ago, CopyButton } from "../shell/bits";
import { FormFrame } from "../shell/form-frame";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { FairUsePart } from "./fair-use-part";

const ROLES: readonly { role: Key["role"]; can: string }[] = [
  { role: "viewer", can: "viewer: reads" },
  { role: "tester", can: "tester: talks to agents" },
  { role: "editor", can: "editor: builds agents" },
  { role: "admin", can: "admin: providers and people too" },
  { role: "owner", can: "owner: all" },
];

const LIVES: readonly { days: number | null; name: string }[] = [
  { days: 30, name: "in 30 days" },
  { days: 90, name: "in 90 days" },
  { days: 365, name: "in a year" },
  { days: null, name: "never" },
];

/** Keys for programs: a list, and a form for another, which is shown once. */
export function KeysPart() {
  const client = useQueryClient();
  const keys = usePaged(keysList());
  const refresh = () => client.invalidateQueries({ queryKey: queryKeys.keys() });
  const revoke = useMutation({ mutationFn: revokeKey, onSettled: refresh });
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        A program sends its key as <code className="font-mono text-sm">Authorization: Bearer …</code>. What it does is
        the key’s in the ledger, by the name that the key has here.
      </p>
      {revoke.isError && <Problem error={revoke.error} className="m-0" />}
      {keys.error ? (
        <Problem error={keys.error} onRetry={keys.refetch} className="m-0" />
      ) : !keys.items ? (
        <SkeletonRows rows={1} label="Loading keys" />
      ) : (
        keys.items.length > 0 && (
          <div>
            <ul aria-label="Keys" className="border-line border-t">
              {keys.items.map((key) => (
                <KeyRow
                  key={key.id}
                  of={key}
                  isRevoking={revoke.isPending && revoke.variables === key.id}
                  onRevoke={() => revoke.mutate(key.id)}
                />
              ))}
            </ul>
            <ListEnd list={keys} what="keys" />
          </div>
        )
      )}
      <MakeKey onMade={refresh} />
    </div>
  );
}

type RowProps = { of: Key; isRevoking: boolean; onRevoke: () => void };

/** A key as far as it may be shown. Revoking asks once more, since programs stop with it. */
function KeyRow({ of: key, isRevoking, onRevoke }: RowProps) {
  const [isAsked, setAsked] = useState(false);
  const [isLimiting, setLimiting] = useState(false);
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b py-1.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 break-words font-medium">{key.name}</span>
          <Badge>{key.role}</Badge>
          {key.kind === "service" && <Badge>service</Badge>}
          {hasExpired(key, Date.now()) && <Badge>expired</Badge>}
        </p>
        <p className="text-muted text-sm">
          <span className="font-mono">{key.hint}…</span> · made <Ago at={key.created_at} /> ·{" "}
          {key.last_used_at ? (
            <>
              last used <Ago at={key.last_used_at} />
            </>
          ) : (
            "never used"
          )}
          {key.expires_at && (
            <>
              {" · expires "}
              <time dateTime={key.expires_at}>{formatExact(key.expires_at)}</time>
            </>
          )}
        </p>
      </div>
      {isAsked ? (
        <span className="flex items-center gap-2">
          <Button size="sm" tone="danger" autoFocus disabled={isRevoking} onClick={onRevoke}>
            {isRevoking ? "Revoking…" : "Revoke it"}
          </Button>
          <Button size="sm" onClick={() => setAsked(false)}>
            Keep it
          </Button>
        </span>
      ) : (
        <>
          <Button
            size="sm"
            aria-expanded={isLimiting}
            aria-label={`Limits of ${key.name}`}
            onClick={() => setLimiting(!isLimiting)}
          >
            Limits
          </Button>
          <Button size="sm" aria-label={`Revoke ${key.name}`} onClick={() => setAsked(true)}>
            Revoke
          </Button>
        </>
      )}
      {isLimiting && (
        <div className="w-full pt-2 pb-3">
          <FairUsePart keyId={key.id} />
        </div>
      )}
    </li>
  );
}

/** What a program mostly does, as far as its maker may. */
const emptyKey = (own: Key["role"]): NewKey => ({
  name: "",
  role: mayGive(own, "editor") ? "editor" : own,
  kind: "person",
  days: 90,
});

function MakeKey({ onMade }: { onMade: () => Promise<void> }) {
  const own = useRole() ?? "owner";
  const [draft, setDraft] = useState(() => emptyKey(own));
  const make = useMutation({
    mutationFn: createKey,
    onSuccess: async () => {
      setDraft(emptyKey(own));
      await onMade();
    },
  });
  const change = (part: Partial<NewKey>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <>
      {make.data !== undefined && (
        <div role="status" className="flex flex-col gap-1 rounded-md border border-files/50 p-3">
          <p>This is the new key. It is shown this once: copy it now.</p>
          <p className="flex items-center gap-2">
            <code className="min-w-0 flex-1 break-all font-mono text-sm">{make.data}</code>
            <CopyButton text={make.data} label="Copy the key" />
          </p>
        </div>
      )}
      <FormFrame label="Make a key" columns onSubmit={() => make.mutate({ ...draft, name: draft.name.trim() })}>
        <TextField
          label="Name of the program"
          required
          maxLength={100}
          placeholder="ci-deploy"
          autoComplete="off"
          value={draft.name}
          onChange={(name) => change({ name })}
        />
        <SelectField
          label="What it may do"
          value={draft.role}
          onChange={(role) => change({ role: role as Key["role"] })}
        >
          {ROLES.filter(({ role }) => mayGive(own, role)).map(({ role, can }) => (
            <option key={role} value={role}>
              {can}
            </option>
          ))}
        </SelectField>
        <SelectField label="Whose it is" value={draft.kind} onChange={(kind) => change({ kind: kind as Key["kind"] })}>
          <option value="person">mine: it ends when I leave</option>
          <option value="service" disabled={!mayGive(own, "admin")}>
            a service’s: it goes on without me
          </option>
        </SelectField>
        <SelectField
          label="Expires"
          value={String(draft.days)}
          onChange={(text) => change({ days: LIVES.find(({ days }) => String(days) === text)?.days ?? null })}
        >
          {LIVES.map(({ days, name }) => (
            <option key={name} value={String(days)}>
              {name}
            </option>
          ))}
        </SelectField>
        <div className="sm:col-span-2">
          <Button tone="primary" type="submit" disabled={make.isPending || draft.name.trim() === ""}>
            {make.isPending ? "Making the key…" : "Make the key"}
          </Button>
        </div>
        {make.isError && <Problem error={make.error} className="m-0 sm:col-span-2" />}
      </FormFrame>
    </>
  );
}
