"use client";
import { Eye, EyeOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { signIn } from "@/lib/client/access/sign-in";
import { explainError } from "@/lib/client/api/api-error";
import { Field } from "../form/field";
import { Button } from "../ui/button";
import { Input } from "../ui/input";

/** The password, and the way in: afterwards the page that was asked for is loaded. */
export function SignInForm() {
  const field = useRef<HTMLInputElement>(null);
  const [isShown, setShown] = useState(false);
  const [isPending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => field.current?.focus(), []);

  async function send() {
    // Read where it stands: a browser that fills it in before this page listens says nothing of it.
    const password = field.current?.value ?? "";
    if (password === "") {
      setProblem("Give the password first.");
      return field.current?.focus();
    }
    setPending(true);
    setProblem(null);
    const refusal = await signIn(password).catch((error: unknown) => explainError(error).detail);
    if (refusal === null) return;
    setProblem(refusal);
    setPending(false);
    field.current?.select();
  }

  return (
    <form
      aria-label="Sign in"
      method="post"
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isPending) void send();
      }}
    >
      {/* Programs that keep passwords want a name beside them. */}
      <input type="text" name="username" autoComplete="username" value="memoir" readOnly hidden />
      <Field label="Password" problem={problem}>
        {(id, described) => (
          <div className="flex gap-1">
            <Input
              ref={field}
              id={id}
              name="password"
              type={isShown ? "text" : "password"}
              autoComplete="current-password"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              className="h-8"
              {...described}
            />
            <Button
              size="icon"
              className="size-8"
              aria-label={isShown ? "Hide the password" : "Show the password"}
              aria-pressed={isShown}
              onClick={() => setShown(!isShown)}
            >
              {isShown ? <EyeOff /> : <Eye />}
            </Button>
          </div>
        )}
      </Field>
      <Button tone="primary" size="lg" type="submit" aria-disabled={isPending}>
        {isPending ? "Signing in…" : "Sign in"}
      </Button>
      <p role="status" className="sr-only">
        {problem}
      </p>
    </form>
  );
}
