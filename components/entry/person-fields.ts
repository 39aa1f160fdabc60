import { LEAST_PASSWORD } from "@/lib/client/access/entry";
import type { EntryField } from "./entry-form";

/** A password that is set. */
export const newPasswordField = (label = "Password"): EntryField => ({
  name: "password",
  label,
  hint: `at least ${LEAST_PASSWORD} characters`,
  type: "password",
  autoComplete: "new-password",
  missing: "Choose a password.",
  least: LEAST_PASSWORD,
});

/** What a new account is made of. An email that is given stays as it is. */
export function personFields(email: string | null = null): EntryField[] {
  return [
    { name: "name", label: "Your name", autoComplete: "name", missing: "Give your name, as others are to see it." },
    {
      name: "email",
      label: "Email",
      type: "email",
      autoComplete: "username",
      missing: "Give the email that you will sign in with.",
      ...(email === null ? {} : { defaultValue: email, readOnly: true }),
    },
    newPasswordField(),
  ];
}
