"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import Link from "next/link";
import {
  accessQuery,
  endOtherSessions,
  endSession,
  type Session,
  sessionsQuery,
  signOut,
} from "@/lib/client/access/access-queries";
import { nameOfBrowser } from "@/lib/client/access/user-agent";
import { queryKeys } from "@/lib/client/api/query-keys";
import { formatExact } from "@/lib/client/screen/format";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

/** Which way the server runs, and who is signed in. */
export function AccessPart() {
  const access = useQuery(accessQuery());
  if (access.isError) return <Problem error={access.error} onRetry={() => void access.refetch()} className="m-0" />;
  if (!access.data) return <SkeletonRows rows={2} label="Loading how the server runs" />;
  if (access.data.access === "alone") {
    return (
      <p className="text-muted">
        <b className="font-medium text-foreground">Alone.</b> Only this machine reaches the server, and nobody has to
        sign in. To open it to others, start it with a password and an address:{" "}
        <code className="break-words font-mono text-sm">MEMOIR_PASSWORD=… HOST=0.0.0.0 npm start</code>
      </p>
    );
  }
  if (access.data.access === "accounts") {
    return (
      <div className="flex flex-col gap-3">
        <p className="text-muted">
          <b className="font-medium text-foreground">Accounts.</b> Each person signs in with an email and a password,
          and has a role in an organization.{" "}
          <Link href="/settings/members" className="text-accent underline">
            Members
          </Link>{" "}
          says who they are. You are signed in here:
        </p>
        <Sessions mine={access.data.session} />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        <b className="font-medium text-foreground">One password.</b> Browsers sign in with it; programs send it as{" "}
        <code className="font-mono text-sm">Authorization: Bearer …</code> with each request. All sessions end when it
        is changed.
      </p>
      <Sessions mine={access.data.session} />
    </div>
  );
}

/** The browsers that are signed in as who asks, and the way to end what they may. */
export function Sessions({ mine }: { mine: Session | null }) {
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery());
  const refresh = () => client.invalidateQueries({ queryKey: queryKeys.sessions() });
  const end = useMutation({ mutationFn: endSession, onSettled: refresh });
  const endOthers = useMutation({ mutationFn: endOtherSessions, onSettled: refresh });
  const leave = useMutation({ mutationFn: signOut });
  if (sessions.isError)
    return <Problem error={sessions.error} onRetry={() => void sessions.refetch()} className="m-0" />;
  if (!sessions.data) return <SkeletonRows rows={2} label="Loading who is signed in" />;
  const others = sessions.data.filter((session) => !session.is_current);
  const error = end.error ?? endOthers.error ?? leave.error;
  return (
    <>
      {error && <Problem error={error} className="m-0" />}
      <ul aria-label="Browsers that are signed in" className="border-line border-t">
        {sessions.data.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isEnding={end.isPending && end.variables === session.id}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        {mine && (
          <Button disabled={leave.isPending} onClick={() => leave.mutate()}>
            <LogOut /> Sign out
          </Button>
        )}
        {others.length > 0 && (
          <Button tone="danger" disabled={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {mine ? "End all others" : "End all"} ({others.length})
          </Button>
        )}
      </div>
    </>
  );
}

type RowProps = { session: Session; isEnding: boolean; onEnd: () => void };

function SessionRow({ session, isEnding, onEnd }: RowProps) {
  const name = nameOfBrowser(session.user_agent);
  return (
    <li className="flex flex-wrap items-center gap-x-2 border-line border-b py-1.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 break-words font-medium" title={session.user_agent ?? undefined}>
            {name}
          </span>
          {session.is_current && <Badge>this browser</Badge>}
        </p>
        <p className="text-muted text-sm">
          <span className="break-all font-mono">{session.address}</span> · signed in <Ago at={session.created_at} /> ·
          last seen <Ago at={session.last_seen_at} /> · ends{" "}
          <time dateTime={session.expires_at}>{formatExact(session.expires_at)}</time> if unused
        </p>
      </div>
      {!session.is_current && (
        <Button size="sm" disabled={isEnding} aria-label={`End the session of ${name}`} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  );
}
