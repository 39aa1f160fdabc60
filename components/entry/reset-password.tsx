"use client";
import { setPasswordBy } from "@/lib/client/access/entry";
import { EntryForm } from "./entry-form";
import { Closed } from "./join";
import { useLinkToken } from "./link-token";
import { newPasswordField } from "./person-fields";

/** What a person sees who opens a link to set a password. */
export function ResetPassword() {
  const token = useLinkToken();
  if (token === null) return null;
  if (token === "") return <Closed sentence="A part of this link is missing." />;
  return (
    <>
      <h2 className="mb-1 font-medium text-lg">Set a new password</h2>
      <p className="mb-4 text-muted">Afterwards you are signed in here, and nowhere else any more.</p>
      <EntryForm
        label="Set a new password"
        button="Set the password"
        pending="Setting it…"
        fields={[newPasswordField("New password")]}
        onSend={({ password = "" }) => setPasswordBy(token, password)}
      />
    </>
  );
}
