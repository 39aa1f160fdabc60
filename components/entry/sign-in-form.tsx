"use client";
import { signIn, signInAs } from "@/lib/client/access/entry";
import { problemOf, type SignInProvider } from "@/lib/client/access/providers";
import { EntryForm } from "./entry-form";
import { ProviderButtons } from "./provider-buttons";

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

type AccountSignInProps = {
  providers: readonly SignInProvider[];
  /** Why who came back from a provider is not in, as a code. */
  problem: string | null;
};

/** An account, and the way in. */
export function AccountSignIn({ providers, problem }: AccountSignInProps) {
  const sentence = problemOf(problem);
  return (
    <>
      {sentence && (
        <p role="alert" className="mb-4 break-words rounded-md border border-error/40 p-3">
          {sentence}
        </p>
      )}
      <p className="mb-4 text-muted">Sign in with your account.</p>
      <ProviderButtons providers={providers} verb="Sign in with" />
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
