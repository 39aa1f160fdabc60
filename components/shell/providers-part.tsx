"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import type { PROVIDER_TYPES } from "@/lib/api/providers";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { providersQuery } from "@/lib/client/api/server-queries";
import type { Provider } from "@/lib/client/api/wire";
import { Field } from "../form/field";
import { TextField } from "../form/text-field";
import { Button } from "../ui/button";
import { Select } from "../ui/input";
import { Ago } from "./bits";
import { FormFrame } from "./form-frame";
import { Problem } from "./problem";

type ProviderType = (typeof PROVIDER_TYPES)[number];

const TYPES: readonly { value: ProviderType; name: string }[] = [
  { value: "openai", name: "OpenAI, or what speaks its API" },
  { value: "anthropic", name: "Anthropic" },
  { value: "google_ai", name: "Google" },
  { value: "ollama", name: "Ollama" },
  { value: "openrouter", name: "OpenRouter" },
  { value: "groq", name: "Groq" },
  { value: "mistral", name: "Mistral" },
  { value: "deepseek", name: "DeepSeek" },
  { value: "together", name: "Together" },
  { value: "xai", name: "xAI" },
  { value: "fireworks", name: "Fireworks" },
  { value: "cerebras", name: "Cerebras" },
  { value: "baseten", name: "Baseten" },
  { value: "hugging-face", name: "Hugging Face" },
  { value: "minimax", name: "MiniMax" },
  { value: "zai", name: "Z.ai" },
  { value: "zai_coding", name: "Z.ai, coding plan" },
  { value: "lmstudio_openai", name: "LM Studio" },
  { value: "vllm", name: "vLLM" },
  { value: "sglang", name: "SGLang" },
];

/** Providers that were added here, and a form for another. Keys are kept encrypted and never come back. */
export function ProvidersPart() {
  const client = useQueryClient();
  const providers = useQuery(providersQuery());
  const remove = useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/v1/providers/{provider_id}", { params: { path: { provider_id: id } } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.providers() }),
        client.invalidateQueries({ queryKey: queryKeys.models() }),
      ]),
  });
  return (
    <>
      {providers.isError && <Problem error={providers.error} className="mx-0" />}
      {remove.isError && <Problem error={remove.error} className="mx-0" />}
      <ul>
        {providers.data?.map((provider) => (
          <ProviderRow
            key={provider.id}
            provider={provider}
            onRemove={() => remove.mutate(provider.id)}
            isRemoving={remove.isPending}
          />
        ))}
      </ul>
      <AddProvider />
    </>
  );
}

type Listed = Pick<Provider, "id" | "name" | "provider_type" | "base_url" | "last_synced">;
type RowProps = { provider: Listed; onRemove: () => void; isRemoving: boolean };

/** A provider that was added; asking it for its models says at once whether its key is still good. */
function ProviderRow({ provider, onRemove, isRemoving }: RowProps) {
  const client = useQueryClient();
  const [changing, setChanging] = useState(false);
  const refresh = useMutation({
    mutationFn: () =>
      unwrap(api.PATCH("/v1/providers/{provider_id}/refresh", { params: { path: { provider_id: provider.id } } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.providers() }),
        client.invalidateQueries({ queryKey: queryKeys.models() }),
      ]),
  });
  return (
    <li className="border-line border-b py-1">
      <div className="flex items-center gap-2">
        <span className="font-medium">{provider.name}</span>
        <span className="min-w-0 flex-1 truncate text-muted text-sm">
          {provider.provider_type}
          {provider.base_url && ` · ${provider.base_url}`}
          {provider.last_synced && (
            <>
              {" · asked "}
              <Ago at={provider.last_synced} />
            </>
          )}
        </span>
        <Button
          needs="providers.refresh"
          tone="ghost"
          size="icon-sm"
          aria-label={`Ask ${provider.name} for its models`}
          title="Ask for its models"
          disabled={refresh.isPending}
          onClick={() => refresh.mutate()}
        >
          <RotateCw className={refresh.isPending ? "animate-spin" : ""} />
        </Button>
        <Button
          needs="providers.update"
          tone="ghost"
          size="icon-sm"
          aria-label={`Change ${provider.name}`}
          title="Change its key or address"
          aria-expanded={changing}
          onClick={() => setChanging(!changing)}
        >
          <Pencil />
        </Button>
        <Button
          needs="providers.delete"
          tone="ghost"
          size="icon-sm"
          aria-label={`Remove ${provider.name}`}
          disabled={isRemoving}
          onClick={onRemove}
        >
          <Trash2 />
        </Button>
      </div>
      {refresh.isError && <Problem error={refresh.error} className="mx-0" />}
      {changing && (
        <ChangeProvider
          provider={provider}
          onDone={() => {
            setChanging(false);
            refresh.mutate();
          }}
        />
      )}
    </li>
  );
}

/** Another key or address; what is left empty stays as it is. Afterwards the provider is asked with it. */
function ChangeProvider({ provider, onDone }: { provider: Listed; onDone: () => void }) {
  const [apiKey, setApiKey] = useState("");
  const [baseUrl, setBaseUrl] = useState(provider.base_url ?? "");
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH("/v1/providers/{provider_id}", {
          params: { path: { provider_id: provider.id } },
          body: { ...(apiKey ? { api_key: apiKey } : {}), ...(baseUrl ? { base_url: baseUrl } : {}) },
        }),
      ),
    onSuccess: onDone,
  });
  return (
    <FormFrame label={`Change ${provider.name}`} columns className="py-2" onSubmit={() => save.mutate()}>
      <TextField label="New key (empty keeps the old one)" type="password" value={apiKey} onChange={setApiKey} />
      <TextField label="Its address" type="url" value={baseUrl} onChange={setBaseUrl} />
      <div className="sm:col-span-2">
        <Button
          size="sm"
          type="submit"
          disabled={save.isPending || (apiKey === "" && baseUrl === (provider.base_url ?? ""))}
        >
          {save.isPending ? "Saving…" : "Save the change"}
        </Button>
      </div>
      {save.isError && <Problem error={save.error} className="m-0 sm:col-span-2" />}
    </FormFrame>
  );
}

type Draft = { type: ProviderType; name: string; apiKey: string; baseUrl: string };
const EMPTY: Draft = { type: "openai", name: "", apiKey: "", baseUrl: "" };

function AddProvider() {
  const client = useQueryClient();
  const [draft, setDraft] = useState(EMPTY);
  const add = useMutation({
    // A wrong key is told before it is kept; a provider that can't be reached now may still be wanted.
    mutationFn: async ({ checked }: { checked: boolean }) => {
      const { type, name, apiKey, baseUrl } = draft;
      const asked = {
        provider_type: type,
        ...(apiKey ? { api_key: apiKey } : {}),
        ...(baseUrl ? { base_url: baseUrl } : {}),
      };
      if (checked) await unwrap(api.POST("/v1/providers/check", { body: asked }));
      return unwrap(api.POST("/v1/providers", { body: { ...asked, name: name.trim() } }));
    },
    onSuccess: async () => {
      setDraft(EMPTY);
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.providers() }),
        client.invalidateQueries({ queryKey: queryKeys.models() }),
      ]);
    },
  });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <FormFrame columns className="mt-2" onSubmit={() => add.mutate({ checked: true })}>
      <Field label="Provider">
        {(id) => (
          <Select id={id} value={draft.type} onChange={(event) => change({ type: event.target.value as ProviderType })}>
            {TYPES.map((type) => (
              <option key={type.value} value={type.value}>
                {type.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <TextField
        label="Name, the first half of its models' handles"
        required
        pattern="[a-zA-Z0-9._\-]+"
        placeholder="my-openai"
        value={draft.name}
        onChange={(name) => change({ name })}
      />
      <TextField label="Key" type="password" value={draft.apiKey} onChange={(apiKey) => change({ apiKey })} />
      <TextField
        label="Address (may be left out)"
        type="url"
        placeholder="https://…/v1"
        value={draft.baseUrl}
        onChange={(baseUrl) => change({ baseUrl })}
      />
      <div className="sm:col-span-2">
        <Button
          needs="providers.create"
          tone="primary"
          type="submit"
          disabled={add.isPending || draft.name.trim() === ""}
        >
          {add.isPending ? "Asking the provider…" : "Add the provider"}
        </Button>
        {add.isError && (
          <Button
            needs="providers.create"
            className="ml-2"
            disabled={add.isPending}
            onClick={() => add.mutate({ checked: false })}
          >
            Add it without asking
          </Button>
        )}
      </div>
      {add.isError && <Problem error={add.error} className="m-0 sm:col-span-2" />}
    </FormFrame>
  );
}
