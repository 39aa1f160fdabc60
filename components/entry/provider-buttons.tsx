"use client";
import { useState } from "react";
import { goTo, type SignInProvider } from "@/lib/client/access/providers";
import { explainError } from "@/lib/client/api/api-error";
import { Button } from "../ui/button";

type ProviderButtonsProps = {
  providers: readonly SignInProvider[];
  /** What a button does, before the provider's name. */
  verb: string;
  invitation?: string | null;
};

/** A way to come in by each identity provider of the server. */
export function ProviderButtons({ providers, verb, invitation = null }: ProviderButtonsProps) {
  const [going, setGoing] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  if (providers.length === 0) return null;
  async function go(id: string) {
    setGoing(id);
    setProblem(null);
    await goTo(id, invitation).catch((error: unknown) => {
      setProblem(explainError(error).detail);
      setGoing(null);
    });
  }
  return (
    <div className="mb-4 flex flex-col gap-2">
      {providers.map(({ id, name }) => (
        <Button key={id} size="lg" className="w-full" aria-disabled={going !== null} onClick={() => void go(id)}>
          {going === id ? `Going to ${name}…` : `${verb} ${name}`}
        </Button>
      ))}
      {problem && (
        <p role="alert" className="break-words text-error text-sm">
          {problem}
        </p>
      )}
    </div>
  );
}
