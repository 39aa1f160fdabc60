"use client";
import { useQuery } from "@tanstack/react-query";
import { accessQuery } from "@/lib/client/access/access-queries";
import { accountQuery } from "@/lib/client/access/account-queries";
import { MEMBERS, mayGive, type Role } from "@/lib/client/access/member-queries";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";
import { InvitationsPart } from "./invitations-part";
import { MemberRow } from "./member-row";
import { Part, SettingsFrame } from "./settings-frame";

/** Who is in the organization, what they may do, and who is invited. */
export function MembersPage() {
  const access = useQuery(accessQuery());
  const account = useQuery(accountQuery());
  const members = usePaged(MEMBERS);
  // Who came by the server's own password has no role, and may do all.
  const own: Role | null = access.data ? (access.data.role ?? "owner") : null;
  const isAdmin = own !== null && mayGive(own, "admin");
  const organization = account.data?.organizations.find((one) => one.is_current)?.name;
  return (
    <SettingsFrame
      title="Members"
      code={[operation("members.list", { method: "get", path: "/v1/members", named: false })]}
    >
      <Part title={organization ? `Members of ${organization}` : "Who is here"}>
        {own !== null && !isAdmin && (
          <p className="mb-2 text-muted">Your role is {own}: owners and admins change who is here.</p>
        )}
        {members.error && <Problem error={members.error} onRetry={members.refetch} className="m-0" />}
        {!members.items && !members.error && <SkeletonRows rows={3} label="Loading members" />}
        {members.items && own && (
          <ul aria-label="Members" className="border-line border-t">
            {members.items.map((member) => (
              <MemberRow key={member.id} member={member} own={own} />
            ))}
          </ul>
        )}
        <ListEnd list={members} what="members" />
      </Part>
      {/* Not before the list above has its height: a form that moves under a pointer is clicked beside. */}
      {own && isAdmin && (members.items || members.error) && <InvitationsPart own={own} />}
    </SettingsFrame>
  );
}
