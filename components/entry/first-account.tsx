"use client";
import { useState } from "react";
import { makeFirstAccount } from "@/lib/client/access/entry";
import { EntryForm } from "./entry-form";
import { personFields } from "./person-fields";

const CODE = {
  name: "code",
  label: "Set-up code",
  autoComplete: "one-time-code",
  missing: "Give the set-up code that the server printed at its start.",
} as const;

/** Where nobody has an account yet: the first one owns everything. */
export function FirstAccount({ needsCode }: { needsCode: boolean }) {
  const [isCodeAsked, setCodeAsked] = useState(needsCode);
  return (
    <>
      <h2 className="mb-1 font-medium text-lg">Make the first account</h2>
      <p className="mb-4 text-muted">
        Nobody has an account here yet. The first one owns this server: all that is on it, and who else may come in.
      </p>
      <EntryForm
        label="Make the first account"
        button="Make the account"
        pending="Making it…"
        fields={isCodeAsked ? [...personFields(), CODE] : personFields()}
        onSend={async ({ name = "", email = "", password = "", code }) => {
          const refusal = await makeFirstAccount({ name, email, password }, code ?? null);
          if (refusal?.field === "code") setCodeAsked(true);
          return refusal;
        }}
      />
    </>
  );
}
