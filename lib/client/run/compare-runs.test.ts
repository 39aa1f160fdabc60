import { expect, test } from "vitest";
import type { Message } from "@/lib/stream/message";
import { firstDifference, sharedRows } from "./compare-runs";
import { rowsOf } from "./transcript-rows";

let count = 0;
const message = (role: Message["role"], parts: Message["parts"]): Message => ({
  id: `message-${++count}`,
  role,
  parts,
  otid: null,
  name: null,
  senderId: null,
  groupId: null,
  runId: null,
  stepId: null,
  model: null,
  isErr: null,
  createdAt: new Date(count).toISOString(),
});
const asked = () => message("user", [{ type: "text", text: "What did I say?" }]);
const called = (returned: string, args = "{}", name = "look") => [
  message("assistant", [{ type: "tool_call", id: "c", name, arguments: args }]),
  message("tool", [
    { type: "tool_return", toolCallId: "c", name, status: "success", content: returned, stdout: null, stderr: null },
  ]),
];
const answered = (text: string) => message("assistant", [{ type: "text", text }]);
const rows = (...messages: Message[]) => rowsOf(messages);

test("runs share what they say in the same words, whatever its ids and times, and what differs first is named", () => {
  const one = rows(asked(), ...called("hello"), answered("Hello."));
  const same = rows(asked(), ...called("hello"), answered("Hello."));
  expect([sharedRows(one, same), firstDifference(one, same)]).toEqual([3, null]);
  const differs = (other: ReturnType<typeof rows>) => [sharedRows(one, other), firstDifference(one, other)];
  expect(differs(rows(asked(), ...called("nothing"), answered("Hello.")))).toEqual([
    1,
    "Then look returns something else.",
  ]);
  expect(differs(rows(asked(), ...called("hello", '{"a":1}')))).toEqual([
    1,
    "Then look is called with other arguments.",
  ]);
  expect(differs(rows(asked(), ...called("hello", "{}", "find")))).toEqual([1, "Then find is called, not look."]);
  expect(differs(rows(asked(), ...called("hello"), answered("Bye.")))).toEqual([2, "Then the answer is another."]);
  expect(differs(rows(asked(), answered("Bye.")))).toEqual([1, "Then the answer came where a call of look had come."]);
  expect(differs(rows(asked(), ...called("hello")))).toEqual([2, "Then nothing came where the answer had come."]);
});
