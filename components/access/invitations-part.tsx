"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  type Draft,
  INVITATIONS,
  type Invitation,
  invite,
  ROLE_NOTES,
  type Role,
  rolesUpTo,
  withdraw,
} from "@/lib/client/access/member-queries";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { formatExact } from "@/lib/client/screen/format";
import { SelectField, TextField } from "../form/text-field";
import { Ago } from "../shell/bits";
import { FormFrame } from "../shell/form-frame";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { LinkOnce } from "./link-once";
import { Part } from "./settings-frame";

/** A form for another invitation, and those that there are. */
export function InvitationsPart({ own }: { own: Role }) {
  const client = useQueryClient();
  const invitations = usePaged(INVITATIONS);
  const refresh = () => client.invalidateQueries({ queryKey: queryKeys.invitations() });
  const end = useMutation({ mutationFn: withdraw, onSettled: refresh });
  return (
    <>
      <Part title="Invite somebody">
        <InviteForm own={own} onInvited={refresh} />
      </Part>
      <Part title="Invitations">
        {invitations.error && <Problem error={invitations.error} onRetry={invitations.refetch} className="m-0" />}
        {end.error && <Problem error={end.error} className="m-0 mb-2" />}
        {invitations.items?.length === 0 && <p className="text-muted">Nobody has been invited yet.</p>}
        {invitations.items && invitations.items.length > 0 && (
          <ul aria-label="Invitations" className="border-line border-t">
            {invitations.items.map((invitation) => (
              <InvitationRow
                key={invitation.id}
                invitation={invitation}
                isEnding={end.isPending && end.variables === invitation.id}
                onWithdraw={() => end.mutate(invitation.id)}
              />
            ))}
          </ul>
        )}
        <ListEnd list={invitations} what="invitations" />
      </Part>
    </>
  );
}

const DAYS = [1, 7, 30, 90];
const EMPTY: Draft = { email: "", role: "editor", days: 7 };

function InviteForm({ own, onInvited }: { own: Role; onInvited: () => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const make = useMutation({
    mutationFn: invite,
    onSuccess: () => {
      setDraft({ ...draft, email: "" });
      onInvited();
    },
  });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <FormFrame label="Invite somebody" columns onSubmit={() => make.mutate(draft)}>
      <TextField
        label="Email (may be left out: then whoever has the link)"
        type="email"
        placeholder="lena@example.com"
        value={draft.email}
        onChange={(email) => change({ email })}
      />
      <div className="grid grid-cols-[2fr_1fr] gap-3">
        <SelectField label="Role" value={draft.role} onChange={(role) => change({ role: role as Role })}>
          {rolesUpTo(own).map((role) => (
            <option key={role} value={role}>
              {role}: {ROLE_NOTES[role]}
            </option>
          ))}
        </SelectField>
        <SelectField label="Good for" value={String(draft.days)} onChange={(days) => change({ days: Number(days) })}>
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {days === 1 ? "a day" : `${days} days`}
            </option>
          ))}
        </SelectField>
      </div>
      <div className="sm:col-span-2">
        <Button needs="invitations.create" tone="primary" type="submit" disabled={make.isPending}>
          {make.isPending ? "Making the link…" : "Make an invitation link"}
        </Button>
      </div>
      {make.isError && <Problem error={make.error} className="m-0 sm:col-span-2" />}
      {make.data && !make.isPending && (
        <div className="sm:col-span-2">
          <LinkOnce link={make.data} what="Give this link to the person whom you invite." />
        </div>
      )}
    </FormFrame>
  );
}

type RowProps = { invitation: Invitation; isEnding: boolean; onWithdraw: () => void };

function InvitationRow({ invitation, isEnding, onWithdraw }: RowProps) {
  const { email, role, status } = invitation;
  const whom = email ?? "whoever has the link";
  const isOpen = status === "open";
  return (
    <li className="flex flex-wrap items-center gap-x-2 border-line border-b py-1.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 break-all font-medium">{whom}</span>
          <Badge tone={isOpen ? "files" : "neutral"}>{status}</Badge>
        </p>
        <p className="text-muted text-sm">
          {role} · made <Ago at={invitation.created_at} />
          {isOpen && (
            <>
              {" "}
              · until <time dateTime={invitation.expires_at}>{formatExact(invitation.expires_at)}</time>
            </>
          )}
        </p>
      </div>
      {isOpen && (
        <Button
          needs="invitations.delete"
          size="sm"
          disabled={isEnding}
          aria-label={`Withdraw the invitation of ${whom}`}
          onClick={onWithdraw}
        >
          Withdraw
        </Button>
      )}
    </li>
  );
}
