"use client";
import Link from "next/link";
import { useEffect, useState } from "react";
import { type InvitationStatus, joinBy, lookUpInvitation } from "@/lib/client/access/entry";
import type { SignInProvider } from "@/lib/client/access/providers";
import { explainError } from "@/lib/client/api/api-error";
import { Button } from "../ui/button";
import { EntryForm } from "./entry-form";
import { useLinkToken } from "./link-token";
import { personFields } from "./person-fields";
import { ProviderButtons } from "./provider-buttons";

const CLOSED = {
  accepted: "This invitation has been used. If it was you, sign in.",
  withdrawn: "This invitation was withdrawn. Ask for another.",
  expired: "This invitation has expired. Ask for another.",
  unknown: "There is no such invitation. Perhaps a part of the link is missing.",
} as const;

/** What a person sees who opens an invitation. */
export function Join({ providers }: { providers: readonly SignInProvider[] }) {
  const token = useLinkToken();
  const [found, setFound] = useState<InvitationStatus | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (token === null) return;
    let isOver = false;
    const asked = token === "" ? Promise.resolve(UNKNOWN) : lookUpInvitation(token);
    asked.then(
      (status) => !isOver && setFound(status),
      (error: unknown) => !isOver && setProblem(explainError(error).detail),
    );
    return () => {
      isOver = true;
    };
  }, [token]);
  if (problem) return <Closed sentence={problem} />;
  if (!found || token === null) return <p className="text-muted">Looking at the invitation…</p>;
  if (found.status !== "open") return <Closed sentence={CLOSED[found.status]} />;
  const own = found.signed_in_as;
  return (
    <>
      <h2 className="mb-1 break-words font-medium text-lg">Join {found.organization}</h2>
      {own ? (
        own.is_member ? (
          <Closed sentence={`You are a member already, as ${own.email}.`} />
        ) : (
          <JoinSignedIn token={token} invitation={found} own={own} />
        )
      ) : (
        <>
          <p className="mb-4 text-muted">
            You are invited with the role <b className="font-medium text-foreground">{found.role}</b>. Make an account;
            if you have one here, give its email and password.
          </p>
          <ProviderButtons providers={providers} verb="Join with" invitation={token} />
          <EntryForm
            label={`Join ${found.organization}`}
            button="Join"
            pending="Joining…"
            fields={personFields(found.email)}
            onSend={({ name = "", email = "", password = "" }) => joinBy(token, { name, email, password })}
          />
        </>
      )}
    </>
  );
}

const UNKNOWN: InvitationStatus = {
  status: "unknown",
  organization: null,
  email: null,
  role: null,
  signed_in_as: null,
};

type SignedInProps = {
  token: string;
  invitation: InvitationStatus;
  own: NonNullable<InvitationStatus["signed_in_as"]>;
};

function JoinSignedIn({ token, invitation, own }: SignedInProps) {
  const [isPending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  async function join() {
    setPending(true);
    const refusal = await joinBy(token, null).catch((error: unknown) => ({ problem: explainError(error).detail }));
    if (!refusal) return;
    setProblem(refusal.problem);
    setPending(false);
  }
  return (
    <>
      <p className="mb-4 text-muted">
        You are invited with the role <b className="font-medium text-foreground">{invitation.role}</b>, and signed in as{" "}
        <span className="break-words">{own.email}</span>.
      </p>
      <Button tone="primary" size="lg" className="w-full" disabled={isPending} onClick={() => void join()}>
        {isPending ? "Joining…" : `Join as ${own.name}`}
      </Button>
      {problem && (
        <p role="alert" className="mt-2 break-words text-error text-sm">
          {problem}
        </p>
      )}
    </>
  );
}

/** A link that opens nothing. */
export function Closed({ sentence }: { sentence: string }) {
  return (
    <>
      <p role="alert" className="mb-4 break-words">
        {sentence}
      </p>
      <Link href="/" className="text-accent underline">
        Go to Memoir
      </Link>
    </>
  );
}
