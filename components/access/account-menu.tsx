"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Check, CircleUser, LogOut, Plus, UserRound, Users } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { signOut } from "@/lib/client/access/access-queries";
import { accountQuery, makeOrganization, switchOrganization } from "@/lib/client/access/account-queries";
import { TextField } from "../form/text-field";
import { FormDialog } from "../shell/form-frame";
import { Button } from "../ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/menu";

/** In the bar, where people have accounts: who one is, in which organization, and the way to another. */
export function AccountMenu() {
  const router = useRouter();
  const account = useQuery(accountQuery());
  const [isMaking, setMaking] = useState(false);
  const change = useMutation({ mutationFn: switchOrganization });
  const leave = useMutation({ mutationFn: signOut });
  // A program's page, which came by the server's password, is nobody's.
  if (!account.data) return null;
  const { name, email, organizations } = account.data;
  const current = organizations.find((one) => one.is_current);
  return (
    <>
      <Menu
        align="end"
        className="max-w-72"
        trigger={
          <Button tone="plain" size="sm" aria-label={`Account of ${name} in ${current?.name ?? "no organization"}`}>
            <CircleUser />
            <span className="hidden max-w-36 truncate lg:inline">{current?.name}</span>
          </Button>
        }
      >
        <MenuLabel>
          <span className="block truncate text-foreground text-sm">{name}</span>
          <span className="block truncate">{email}</span>
        </MenuLabel>
        <MenuSeparator />
        {organizations.map((one) => (
          <MenuItem
            key={one.id}
            aria-current={one.is_current ? "true" : undefined}
            onSelect={() => !one.is_current && change.mutate(one.id)}
          >
            <Check aria-hidden className={one.is_current ? "" : "invisible"} />
            <span className="min-w-0 flex-1 truncate">{one.name}</span>
            <span className="text-muted text-xs">{one.role}</span>
          </MenuItem>
        ))}
        <MenuItem onSelect={() => setMaking(true)}>
          <Plus aria-hidden /> New organization…
        </MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => router.push("/settings/members")}>
          <Users aria-hidden /> Members
        </MenuItem>
        <MenuItem onSelect={() => router.push("/settings/account")}>
          <UserRound aria-hidden /> Account
        </MenuItem>
        <MenuItem onSelect={() => leave.mutate()}>
          <LogOut aria-hidden /> Sign out
        </MenuItem>
      </Menu>
      {isMaking && <NewOrganization onClose={() => setMaking(false)} />}
    </>
  );
}

function NewOrganization({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const make = useMutation({ mutationFn: makeOrganization });
  return (
    <FormDialog
      title="New organization"
      description="It begins empty, with you as its owner. Nothing of this one is seen there."
      onOpenChange={(open) => !open && onClose()}
      submission={{
        name: "Make it, and go there",
        pendingName: "Making it…",
        isPending: make.isPending,
        error: make.error,
        canSend: name.trim() !== "",
      }}
      onSubmit={() => make.mutate(name.trim())}
    >
      <TextField label="Name" required maxLength={100} value={name} onChange={setName} autoComplete="organization" />
    </FormDialog>
  );
}
