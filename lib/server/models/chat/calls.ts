import { randomUUID } from "node:crypto";
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { argumentText, beginsAsObject, toolName, unwrapped } from "./arguments";
import { isObject, type Json, parseJson, textOf } from "./json";
import { CHAT } from "./messages";
import { extrasOfCall, joined } from "./opaque";

type Call = {
  index: unknown;
  /** As the server says it; null while it has said none. */
  saidId: string | null;
  id: string;
  name: string;
  args: string;
  /** How much of `args` was passed on. */
  passed: number;
  started: boolean;
  extras: Json;
};

/** Puts calls together from the fragments of any server: with indexes or without, with ids once, always or never. */
export class Calls {
  readonly #calls: Call[] = [];
  readonly #tools: ReadonlySet<string>;

  constructor(tools: ReadonlySet<string>) {
    this.#tools = tools;
  }

  get any(): boolean {
    return this.#calls.length > 0;
  }

  push(delta: unknown): LanguageModelV4StreamPart[] {
    if (!isObject(delta)) return [];
    const inner = isObject(delta.function) ? delta.function : delta;
    const name = textOf(inner.name)?.trim() || null;
    const args = argumentText(inner.arguments ?? inner.parameters);
    const call = this.#callOf(delta, name, args);
    call.extras = joined(call.extras, extrasOfCall(delta)) as Json;
    if (call.name === "" && name) call.name = toolName(name, this.#tools);
    const repeats = call.saidId !== null && name !== null && args !== "" && call.args.trim() === args.trim();
    if (!(repeats && isObject(parseJson(args)))) call.args += args;
    return this.#pass(call);
  }

  end(): LanguageModelV4StreamPart[] {
    return this.#calls.flatMap((call): LanguageModelV4StreamPart[] => {
      if (call.name === "" && call.args.trim() === "") return [];
      const began = this.#start(call);
      const whole = call.passed > 0 ? call.args : unwrapped(call.args);
      const rest: LanguageModelV4StreamPart[] =
        call.passed > 0 ? this.#pass(call) : [{ type: "tool-input-delta", id: call.id, delta: whole }];
      const hasExtras = Object.keys(call.extras).length > 0;
      return [
        ...began,
        ...rest,
        { type: "tool-input-end", id: call.id },
        {
          type: "tool-call",
          toolCallId: call.id,
          toolName: call.name,
          input: whole,
          ...(hasExtras ? { providerMetadata: { [CHAT]: { extras: call.extras as never } } } : {}),
        },
      ];
    });
  }

  #callOf(delta: Json, name: string | null, args: string): Call {
    const { index } = delta;
    const id = textOf(delta.id);
    const last = this.#calls.at(-1);
    const known =
      index === undefined || index === null
        ? ((id ? this.#calls.find((call) => call.saidId === id) : undefined) ?? (name ? undefined : last))
        : this.#calls.findLast((call) => call.index === index);
    // Some servers count every call as the first: one that is named anew under another id is another one.
    const another = known && name && id && known.saidId && id !== known.saidId && known.name !== "" && args !== "";
    if (known && !another) {
      if (known.saidId === null && id) known.saidId = id;
      return known;
    }
    const made = { saidId: id, id: this.#freeId(id), name: "", args: "", passed: 0, started: false, extras: {} };
    const call: Call = { index, ...made };
    this.#calls.push(call);
    return call;
  }

  /** Ids are one call's each: a server that gives one twice, or none, gets another here. */
  #freeId(id: string | null): string {
    const isFree = id !== null && !this.#calls.some((call) => call.id === id);
    return isFree ? id : `call_${randomUUID().replaceAll("-", "").slice(0, 24)}`;
  }

  #start(call: Call): LanguageModelV4StreamPart[] {
    if (call.started) return [];
    call.started = true;
    return [{ type: "tool-input-start", id: call.id, toolName: call.name }];
  }

  #pass(call: Call): LanguageModelV4StreamPart[] {
    if (call.name === "") return [];
    const began = this.#start(call);
    if (call.passed === 0 && !beginsAsObject(call.args)) return began;
    const delta = call.args.slice(call.passed);
    call.passed = call.args.length;
    return delta === "" ? began : [...began, { type: "tool-input-delta", id: call.id, delta }];
  }
}
