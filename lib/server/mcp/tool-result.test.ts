import { expect, it } from "vitest";
import { toOutcome } from "./tool-result";

const answer = (content: unknown[], more = {}) => ({ content, structuredContent: undefined, isError: false, ...more });
const text = (words: string) => ({ type: "text", text: words });
const PNG = "iVBORw0KGgo=";

it("joins texts, and says what can't be shown", () => {
  const outcome = toOutcome(
    answer([
      text("one"),
      { type: "resource", resource: { uri: "file:///a", text: "two" } },
      { type: "resource", resource: { uri: "file:///b", mimeType: "application/zip", blob: "AAAA" } },
      { type: "resource_link", uri: "file:///c", name: "c" },
      { type: "audio", data: "AAAA", mimeType: "audio/wav" },
      { type: "image", data: PNG, mimeType: "image/svg+xml" },
      { type: "image", data: "<script>", mimeType: "image/png" },
      { type: "hologram", beam: true },
      null,
    ]),
    null,
    [],
  );
  expect(outcome).toEqual({
    status: "success",
    content: [
      "one",
      "two",
      "[resource file:///b of type application/zip, 3 bytes]",
      "[resource c at file:///c]",
      "[audio of type audio/wav, 3 bytes]",
      "[image of type image/svg+xml, 9 bytes]",
      "[image of type image/png, 6 bytes]",
      '[content that is not of the protocol: {"type":"hologram","beam":true}]',
      "[content that is not of the protocol: null]",
    ].join("\n"),
  });
});

it("gives images as such, at most eight, and cuts the texts beside them", () => {
  const image = { type: "image", data: PNG, mimeType: "image/png" };
  const outcome = toOutcome(answer([text("abcdef"), image, text("ghi")]), 8, []);
  expect(outcome.content).toEqual([
    text("abcdef"),
    { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
    text("gh... [NOTE: function output was truncated since it exceeded the character limit: 10 > 8]"),
  ]);
  const many = toOutcome(answer(Array.from({ length: 10 }, () => image)), null, []).content;
  expect(Array.isArray(many) && many.filter((part) => part.type === "image")).toHaveLength(8);
});

it("takes the structured return where there is no content, and keeps a failure a failure", () => {
  expect(toOutcome(answer([], { structuredContent: { a: 1 } }), null, [])).toEqual({
    status: "success",
    content: '{"a":1}',
  });
  expect(toOutcome(answer([text("said")], { structuredContent: { a: 1 } }), null, []).content).toBe("said");
  expect(toOutcome(answer([text("no")], { isError: true }), null, [])).toEqual({ status: "error", content: "no" });
  expect(toOutcome(answer([]), null, [])).toEqual({ status: "success", content: "" });
});

it("shows none of the server's secrets, wherever they come back", () => {
  const outcome = toOutcome(answer([text("token=abcdefgh123 done")]), null, ["abcdefgh123"]);
  expect(outcome.content).toBe("token=******** done");
});
