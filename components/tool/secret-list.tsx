"use client";
import { X } from "lucide-react";
import { useState } from "react";
import type { OperationId } from "@/lib/client/access/permissions";
import { Allowed } from "../shell/allowed";
import { Button } from "../ui/button";
import { Input } from "../ui/input";

type SecretListProps = {
  /** What setting one does, of the API. */
  needs: OperationId;
  keys: readonly string[];
  isSaving: boolean;
  onSet: (key: string, value: string, done: () => void) => void;
  onRemove: (key: string) => void;
};

/** Secrets by their names. A value is typed once and never shown again; to change it, it is set anew. */
export function SecretList({ needs, keys, isSaving, onSet, onRemove }: SecretListProps) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <Allowed needs={needs} what="Secrets are for editors." className="flex flex-col gap-1 px-3 pb-3">
      <ul>
        {keys.map((one) => (
          <li key={one} className="flex h-7 items-center gap-2">
            <span className="min-w-0 flex-1 truncate font-mono text-sm" title={one}>
              {one}
            </span>
            <span className="text-muted text-sm">kept</span>
            <Button
              needs={needs}
              tone="ghost"
              size="icon-sm"
              aria-label={`Remove the secret ${one}`}
              disabled={isSaving}
              onClick={() => onRemove(one)}
            >
              <X />
            </Button>
          </li>
        ))}
      </ul>
      <form
        className="flex gap-1"
        onSubmit={(event) => {
          event.preventDefault();
          onSet(key, value, () => {
            setKey("");
            setValue("");
          });
        }}
      >
        <Input
          aria-label="Name of the secret"
          placeholder="NAME"
          required
          pattern="[A-Za-z_][A-Za-z0-9_]*"
          title="Letters, digits and _, not starting with a digit"
          className="min-w-0 font-mono text-sm"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <Input
          aria-label="Value of the secret"
          placeholder="value"
          required
          type="password"
          autoComplete="new-password"
          className="min-w-0"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <Button needs={needs} type="submit" disabled={isSaving}>
          {keys.includes(key) ? "Replace" : "Add"}
        </Button>
      </form>
    </Allowed>
  );
}
