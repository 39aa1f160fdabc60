import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from "@ai-sdk/provider";
import type { ModelEvent } from "@/lib/engine/model";
import type { Opaque } from "@/lib/stream/message";

type Metadata = Record<string, Record<string, unknown>>;

/**
 * Reads the parts of one answer as the engine's events. What a provider says beside a text, a thought or a call comes as
 * `opaque` once that is over, or as the signature where that is all; `sender` is who may read it again.
 */
export function createEventReader(sender: string): (part: LanguageModelV4StreamPart) => ModelEvent[] {
  const calls = new Map<string, { sent: boolean }>();
  const beside = new Map<string, Metadata>();

  const opaqueOf = (metadata: Metadata): Opaque => ({ by: sender, data: JSON.stringify(metadata) });
  const note = (kind: string, id: string, metadata: SharedV4ProviderMetadata | undefined) => {
    if (metadata) beside.set(`${kind} ${id}`, added(beside.get(`${kind} ${id}`) ?? {}, metadata as Metadata));
  };
  const take = (kind: string, id: string): Metadata => {
    const metadata = beside.get(`${kind} ${id}`) ?? {};
    beside.delete(`${kind} ${id}`);
    return withContent(metadata);
  };

  return (part) => {
    switch (part.type) {
      case "text-start":
        note("text", part.id, part.providerMetadata);
        return [];
      case "text-delta":
        note("text", part.id, part.providerMetadata);
        return part.delta === "" ? [] : [{ type: "text", text: part.delta }];
      case "text-end": {
        note("text", part.id, part.providerMetadata);
        const metadata = take("text", part.id);
        return isEmpty(metadata) ? [] : [{ type: "opaque", of: "text", opaque: opaqueOf(metadata) }];
      }
      case "reasoning-start":
        note("reasoning", part.id, part.providerMetadata);
        return [];
      case "reasoning-delta":
        note("reasoning", part.id, part.providerMetadata);
        return part.delta === "" ? [] : [{ type: "reasoning", text: part.delta }];
      case "reasoning-end": {
        note("reasoning", part.id, part.providerMetadata);
        const metadata = take("reasoning", part.id);
        const marks = thoughtMarks(metadata.anthropic);
        if (marks) return [marks];
        return isEmpty(metadata) ? [] : [{ type: "opaque", of: "reasoning", opaque: opaqueOf(metadata) }];
      }
      case "tool-input-start":
        calls.set(part.id, { sent: false });
        note("call", part.id, part.providerMetadata);
        return [{ type: "tool-call", id: part.id, name: part.toolName }];
      case "tool-input-delta": {
        const call = calls.get(part.id);
        if (call && part.delta !== "") call.sent = true;
        return part.delta === "" ? [] : [{ type: "tool-call-arguments", id: part.id, text: part.delta }];
      }
      case "tool-call": {
        // Providers that don't stream arguments, or stream none, give them only here.
        const { toolCallId: id, toolName: name, input } = part;
        const known = calls.get(id);
        calls.set(id, { sent: true });
        note("call", id, part.providerMetadata);
        const metadata = take("call", id);
        const events: ModelEvent[] = known ? [] : [{ type: "tool-call", id, name }];
        if (!known?.sent && input !== "") events.push({ type: "tool-call-arguments", id, text: input });
        if (!isEmpty(metadata)) events.push({ type: "opaque", of: { call: id }, opaque: opaqueOf(metadata) });
        return events;
      }
      default:
        return [];
    }
  };
}

/** Anthropic's signature or redacted thought, which has places of its own. */
function thoughtMarks(said: Record<string, unknown> | undefined): ModelEvent | null {
  if (typeof said?.redactedData === "string") return { type: "redacted-reasoning", data: said.redactedData };
  return typeof said?.signature === "string" ? { type: "reasoning", text: "", signature: said.signature } : null;
}

/** What is said later stands beside what was said before; a signature may come in pieces. */
function added(before: Metadata, next: Metadata): Metadata {
  const all: Metadata = { ...before };
  for (const [provider, said] of Object.entries(next)) {
    const own: Record<string, unknown> = { ...all[provider] };
    for (const [key, value] of Object.entries(said)) {
      const known = own[key];
      const goesOn = key === "signature" && typeof known === "string" && typeof value === "string";
      own[key] = goesOn ? known + value : (value ?? known);
    }
    all[provider] = own;
  }
  return all;
}

/** Without what says nothing: null, lists without entries, providers of which nothing is left. */
function withContent(metadata: Metadata): Metadata {
  const says = (value: unknown) =>
    value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
  const entries = Object.entries(metadata).map(([provider, said]) => {
    const own = Object.entries(said).filter(([, value]) => says(value));
    return [provider, Object.fromEntries(own)] as const;
  });
  return Object.fromEntries(entries.filter(([, said]) => Object.keys(said).length > 0));
}

const isEmpty = (metadata: Metadata) => Object.keys(metadata).length === 0;
