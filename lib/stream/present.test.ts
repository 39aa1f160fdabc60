import { describe, expect, it } from "vitest";
import { fold } from "./fold";
import type { Envelope, Item } from "./item";
import type { ToolCall } from "./message";
import { presentAssistantMessages } from "./present";

const HEAD: Envelope = {
  id: "message-11111111-2222-4333-8444-555555555500",
  otid: "11111111-2222-4333-8444-555555555501",
  date: "2026-01-02T03:04:05.000Z",
  ...{ name: null, senderId: null, stepId: "step-1", runId: "run-1", isErr: null, seqId: null },
};

function said(message: string, id = "c1"): ToolCall {
  return { id, name: "send_message", arguments: JSON.stringify({ message, request_heartbeat: true }) };
}

function whole(...calls: ToolCall[]): Item {
  return { ...HEAD, type: "tool-call", calls };
}

/** The calls as a token stream brings them: the name first, then arguments in pieces of so many characters. */
function deltas(size: number, ...calls: ToolCall[]): Item[] {
  return calls.flatMap(({ id, name, arguments: text }) => {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.slice(at * size, (at + 1) * size),
    );
    const parts = [{ id, name }, ...pieces.map((piece) => ({ id, arguments: piece }))];
    return parts.map((call): Item => ({ ...HEAD, type: "tool-call-delta", call }));
  });
}

function returned(id: string, name: string | null = "send_message"): Item {
  const one = { toolCallId: id, name, status: "success" as const, content: "None", stdout: null, stderr: null };
  return { ...HEAD, id: `message-return-${id}`, type: "tool-return", returns: [one] };
}

function present(items: Item[], options = {}): Item[] {
  const presenter = presentAssistantMessages(options);
  return items.flatMap((item) => presenter.push(item));
}

const STOP: Item = { type: "stop", stopReason: "end_turn" };

describe("presentAssistantMessages", () => {
  it("shows a whole call of send_message as what it says, without its return", () => {
    expect(present([whole(said("Hi")), returned("c1"), STOP])).toEqual([
      { ...HEAD, type: "assistant", content: "Hi" },
      STOP,
    ]);
  });

  it("passes the words of a streamed call on as they arrive", () => {
    const call = { id: "c1", name: "send_message" };
    const presenter = presentAssistantMessages();
    const push = (argumentsText: string) =>
      presenter.push({ ...HEAD, type: "tool-call-delta", call: { id: "c1", arguments: argumentsText } });
    expect(presenter.push({ ...HEAD, type: "tool-call-delta", call })).toEqual([]);
    expect(push('{"mess')).toEqual([]);
    expect(push('age": "Hel')).toEqual([{ ...HEAD, type: "assistant", content: "Hel" }]);
    expect(push("lo\\")).toEqual([{ ...HEAD, type: "assistant", content: "lo" }]);
    expect(push('n", "request_heartbeat": true}')).toEqual([{ ...HEAD, type: "assistant", content: "\n" }]);
    expect(presenter.push(returned("c1"))).toEqual([]);
  });

  it("shows a stream as it shows the whole items, wherever the fragments are cut", () => {
    const messages = ["Hi", 'quo"ted\n', "😀 é", "{}"];
    const other = { id: "c2", name: "memory_insert", arguments: '{"label":"human"}' };
    const broken = { id: "c3", name: "send_message", arguments: '{"text": "no mess' };
    for (const message of messages) {
      for (const calls of [[said(message)], [other], [broken], [said(message), other]]) {
        const rest = [...calls.map((call) => returned(call.id, call.name)), STOP];
        const expected = fold(present([whole(...calls), ...rest]));
        for (const size of [1, 2, 5, 1000])
          expect(fold(present([...deltas(size, ...calls), ...rest]))).toEqual(expected);
      }
    }
  });

  it.each(["", "not json", "{}", '{"message": 5}', '{"message', '["message"]', "null"])(
    "shows a call with arguments %j, which say nothing, as a call, with its return",
    (text) => {
      const call = { id: "c1", name: "send_message", arguments: text };
      const items = [whole(call), returned("c1"), STOP];
      expect(present(items)).toEqual(items);
      const stream = [...deltas(3, call), returned("c1"), STOP];
      expect(present(stream)).toEqual(stream);
    },
  );

  it("shows what a call says even if the call then breaks off", () => {
    const call = { id: "c1", name: "send_message", arguments: '{"message": "Hel' };
    expect(present([whole(call), returned("c1")])).toEqual([{ ...HEAD, type: "assistant", content: "Hel" }]);
  });

  it("goes on showing as a call what was once shown as one", () => {
    const start = deltas(1000, { ...said(""), arguments: '{"mess' });
    const late: Item = { ...HEAD, type: "tool-call-delta", call: { id: "c1", arguments: 'age": "Hi"}' } };
    expect(present([...start, returned("c1"), late, returned("c1")])).toEqual([
      ...start,
      returned("c1"),
      late,
      returned("c1"),
    ]);
  });

  it("leaves other calls and their returns as they are", () => {
    const other = { id: "c2", name: "memory_insert", arguments: '{"message":"x"}' };
    const items = [whole(other), returned("c2", "memory_insert"), ...deltas(4, { ...other, id: "c3" }), STOP];
    expect(present(items)).toEqual(items);
    expect(present([whole(said("Hi"), other)])).toEqual([{ ...HEAD, type: "assistant", content: "Hi" }, whole(other)]);
  });

  it("takes only the returns of what was said out of several", () => {
    const [mine, other] = [returned("c1"), returned("c2", "f")] as Extract<Item, { type: "tool-return" }>[];
    const both: Item = { ...mine!, returns: [...mine!.returns, ...other!.returns] };
    expect(present([whole(said("Hi"), { id: "c2", name: "f", arguments: "{}" }), both]).at(-1)).toEqual({
      ...{ ...both, returns: other!.returns },
    });
  });

  it("leaves out a return whose call is on another page", () => {
    expect(present([returned("c9"), returned("c8", "f")])).toEqual([returned("c8", "f")]);
  });

  it("keeps the return of a call that was shown for approval", () => {
    const items: Item[] = [{ ...HEAD, type: "approval-request", calls: [said("Hi")] }, returned("c1")];
    expect(present(items)).toEqual(items);
  });

  it("takes another tool and argument where the request names them", () => {
    const call = { id: "c1", name: "say", arguments: '{"words":"Hi"}' };
    const options = { toolName: "say", argument: "words" };
    expect(present([whole(call), returned("c1", "say")], options)).toEqual([
      { ...HEAD, type: "assistant", content: "Hi" },
    ]);
    expect(present([whole(said("Hi"))], options)).toEqual([whole(said("Hi"))]);
  });
});
