"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { accessQuery } from "@/lib/client/access/access-queries";
import { type Account, accountQuery, changePassword, renameAccount } from "@/lib/client/access/account-queries";
import { LEAST_PASSWORD } from "@/lib/client/access/entry";
import type { SignInProvider } from "@/lib/client/access/providers";
import { operation } from "@/lib/client/api/code";
import { queryKeys } from "@/lib/client/api/query-keys";
import { TextField } from "../form/text-field";
import { FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { Sessions } from "./access-part";
import { LoginsPart } from "./logins-part";
import { Part, SettingsFrame } from "./settings-frame";

/** A person's own account. */
export function AccountPage({ providers }: { providers: readonly SignInProvider[] }) {
  const account = useQuery(accountQuery());
  const access = useQuery(accessQuery());
  return (
    <SettingsFrame
      title="Account"
      code={[operation("account.retrieve", { method: "get", path: "/v1/account", named: false })]}
    >
      {account.isError ? (
        <Problem error={account.error} onRetry={() => void account.refetch()} className="m-0" />
      ) : account.data ? (
        <>
          <Part title="You">
            <OwnName account={account.data} />
          </Part>
          <Part title="Password">
            {account.data.has_password ? (
              <OwnPassword email={account.data.email} />
            ) : (
              <p className="text-muted">
                You have none: you come by an identity provider. An owner or admin makes you a link to set one.
              </p>
            )}
          </Part>
          {providers.length > 0 && (
            <Part title="Other ways to sign in">
              <LoginsPart providers={providers} logins={account.data.logins} />
            </Part>
          )}
          <Part title="Where you are signed in">
            <div className="flex flex-col gap-3">
              <Sessions mine={access.data?.session ?? null} />
            </div>
          </Part>
        </>
      ) : (
        <SkeletonRows rows={4} label="Loading your account" />
      )}
    </SettingsFrame>
  );
}

function OwnName({ account }: { account: Account }) {
  const client = useQueryClient();
  const [name, setName] = useState(account.name);
  const save = useMutation({
    mutationFn: renameAccount,
    onSuccess: () =>
      Promise.all([queryKeys.account(), queryKeys.members()].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return (
    <FormFrame label="Your name" columns onSubmit={() => save.mutate(name.trim())}>
      <TextField label="Name" required maxLength={100} autoComplete="name" value={name} onChange={setName} />
      <TextField label="Email, which you sign in with" value={account.email} onChange={() => {}} readOnly />
      <Saved isSaved={save.isSuccess && name.trim() === account.name} said="Your name is saved.">
        <Button
          type="submit"
          disabled={save.isPending || name.trim() === "" || name.trim() === account.name}
          className="self-start"
        >
          {save.isPending ? "Saving…" : "Save the name"}
        </Button>
      </Saved>
      {save.isError && <Problem error={save.error} className="m-0 sm:col-span-2" />}
    </FormFrame>
  );
}

function OwnPassword({ email }: { email: string }) {
  const client = useQueryClient();
  const currentField = useRef<HTMLInputElement>(null);
  const nextField = useRef<HTMLInputElement>(null);
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [wrong, setWrong] = useState<{ at: "current" | "next"; problem: string } | null>(null);
  const save = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: (isChanged) => {
      if (!isChanged) return refuse("current", "This is not your password.");
      setCurrent("");
      setNext("");
      return client.invalidateQueries({ queryKey: queryKeys.sessions() });
    },
  });
  function refuse(at: "current" | "next", problem: string) {
    setWrong({ at, problem });
    (at === "current" ? currentField : nextField).current?.focus();
  }
  function send() {
    setWrong(null);
    if (current === "") return refuse("current", "Give your password first.");
    if (next.length < LEAST_PASSWORD) return refuse("next", `It has at least ${LEAST_PASSWORD} characters.`);
    save.mutate();
  }
  const problemAt = (at: "current" | "next") => (wrong?.at === at ? wrong.problem : null);
  return (
    <FormFrame label="Change your password" columns onSubmit={send}>
      <p className="text-muted sm:col-span-2">All other browsers are signed out when it changes.</p>
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <TextField
        ref={currentField}
        label="Current password"
        type="password"
        autoComplete="current-password"
        value={current}
        problem={problemAt("current")}
        onChange={setCurrent}
      />
      <TextField
        ref={nextField}
        label={`New password, at least ${LEAST_PASSWORD} characters`}
        type="password"
        autoComplete="new-password"
        value={next}
        problem={problemAt("next")}
        onChange={setNext}
      />
      <Saved isSaved={save.data === true && current === "" && next === ""} said="Your password is changed.">
        <Button type="submit" disabled={save.isPending}>
          {save.isPending ? "Changing it…" : "Change the password"}
        </Button>
      </Saved>
      {save.isError && <Problem error={save.error} className="m-0 sm:col-span-2" />}
    </FormFrame>
  );
}

function Saved({ isSaved, said, children }: { isSaved: boolean; said: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-2 sm:col-span-2">
      {children}
      <p role="status" className="text-muted">
        {isSaved && said}
      </p>
    </div>
  );
}
