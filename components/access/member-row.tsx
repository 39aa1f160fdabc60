"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  giveRole,
  type Member,
  makeResetLink,
  mayGive,
  type Role,
  removeMember,
  rolesUpTo,
} from "@/lib/client/access/member-queries";
import { queryKeys } from "@/lib/client/api/query-keys";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Select } from "../ui/input";
import { LinkOnce } from "./link-once";

type RowProps = { member: Member; own: Role };

/** A member; who may do so gives another role, makes a link for a lost password, or removes the person. */
export function MemberRow({ member, own }: RowProps) {
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const refresh = () =>
    Promise.all(
      [queryKeys.members(), queryKeys.invitations(), queryKeys.access(), queryKeys.account()].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  const change = useMutation({ mutationFn: giveRole, onSettled: refresh });
  const remove = useMutation({ mutationFn: removeMember, onSettled: refresh });
  const reset = useMutation({ mutationFn: makeResetLink });
  const mayChange = mayGive(own, "admin") && mayGive(own, member.role);
  const error = change.error ?? remove.error ?? reset.error;
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b py-1.5">
      <div className="min-w-40 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 break-words font-medium">{member.name}</span>
          {member.is_self && <Badge>you</Badge>}
        </p>
        <p className="text-muted text-sm">
          <span className="break-all">{member.email}</span> · since <Ago at={member.created_at} />
        </p>
      </div>
      {mayChange ? (
        <Select
          aria-label={`Role of ${member.name}`}
          className="w-24"
          value={change.isPending ? change.variables.role : member.role}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ id: member.id, role: event.target.value as Role })}
        >
          {rolesUpTo(own).map((role) => (
            <option key={role}>{role}</option>
          ))}
        </Select>
      ) : (
        <span className="text-muted">{member.role}</span>
      )}
      {mayChange && !member.is_self && !isAsked && (
        <>
          <Button
            size="sm"
            disabled={reset.isPending}
            aria-label={`Make a password link for ${member.name}`}
            title="For a lost password: good for an hour, once"
            onClick={() => reset.mutate(member.id)}
          >
            Password link
          </Button>
          <Button size="sm" aria-label={`Remove ${member.name}`} onClick={() => setAsked(true)}>
            Remove
          </Button>
        </>
      )}
      {isAsked && (
        <div role="alertdialog" aria-label={`Remove ${member.name}?`} className="flex flex-wrap items-center gap-2">
          <span>What they made stays.</span>
          <Button size="sm" autoFocus onClick={() => setAsked(false)}>
            Keep
          </Button>
          <Button
            size="sm"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => remove.mutate(member.id, { onSettled: () => setAsked(false) })}
          >
            {remove.isPending ? "Removing…" : `Remove ${member.name}`}
          </Button>
        </div>
      )}
      {reset.data && (
        <div className="w-full">
          <LinkOnce link={reset.data} what={`Give this link to ${member.name}, who sets a password with it.`} />
        </div>
      )}
      {error && <Problem error={error} className="m-0 w-full" />}
    </li>
  );
}
