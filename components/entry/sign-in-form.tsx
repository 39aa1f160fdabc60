"use client";
import { signIn, signInAs } from "@/lib/client/access/entry";
import { EntryForm } from "./entry-form";

/** The one password, and the way in: afterwards the page that was asked for is loaded. */
export function PasswordSignIn() {
  return (
    <>
      <p className="mb-4 text-muted">This server has a password. Give it to come in.</p>
      <EntryForm
        label="Sign in"
        button="Sign in"
        pending="Signing in…"
        fields={[
          {
            name: "password",
            label: "Password",
            type: "password",
            autoComplete: "current-password",
            missing: "Give the password first.",
          },
        ]}
        onSend={({ password = "" }) => signIn(password)}
      >
        {/* Programs that keep passwords want a name beside them. */}
        <input type="text" name="username" autoComplete="username" value="memoir" readOnly hidden />
      </EntryForm>
    </>
  );
}

/** An account, and the way in. */
export function AccountSignIn() {
  return (
    <>
      <p className="mb-4 text-muted">Sign in with your account.</p>
      <EntryForm
        label="Sign in"
        button="Sign in"
        pending="Signing in…"
        fields={[
          { name: "email", label: "Email", type: "email", autoComplete: "username", missing: "Give your email first." },
          {
            name: "password",
            label: "Password",
            type: "password",
            autoComplete: "current-password",
            missing: "Give your password first.",
          },
        ]}
        onSend={({ email = "", password = "" }) => signInAs(email, password)}
      />
      <p className="mt-4 text-muted text-sm">
        No account, or no password any more? An owner or admin makes you a link. Whoever runs the server makes one with{" "}
        <code className="break-words font-mono">memoir reset-password &lt;email&gt;</code>.
      </p>
    </>
  );
}
