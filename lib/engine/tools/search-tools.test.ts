import { describe, expect, it } from "vitest";
import {
  archivalNote,
  archivalQuery,
  archivalResults,
  conversationQuery,
  conversationResults,
  parseDate,
  SEARCH_TOOL_SPECS,
} from "./search-tools";

describe("SEARCH_TOOL_SPECS", () => {
  it("have the contract's arguments, uncut returns, and no run of their own", () => {
    const shape = Object.entries(SEARCH_TOOL_SPECS).map(([key, tool]) => {
      expect(tool.name).toBe(key);
      expect(tool.returnLimitChars).toBeNull();
      expect("run" in tool).toBe(false);
      return [key, Object.keys(tool.parameters.properties), tool.parameters.required];
    });
    expect(shape).toEqual([
      ["conversation_search", ["query", "roles", "limit", "start_date", "end_date"], []],
      ["archival_memory_insert", ["content", "tags"], ["content"]],
      [
        "archival_memory_search",
        ["query", "tags", "tag_match_mode", "top_k", "start_datetime", "end_datetime"],
        ["query"],
      ],
    ]);
  });
});

describe("arguments", () => {
  it("default to five results without filters", () => {
    expect(conversationQuery({}, "UTC")).toEqual({ query: null, roles: null, limit: 5, from: null, to: null });
    expect(archivalQuery({ query: "q" }, "UTC")).toEqual({
      query: "q",
      tags: [],
      tagMatchMode: "any",
      limit: 5,
      from: null,
      to: null,
    });
  });

  it("are read in the agent's timezone, whole days inclusive", () => {
    const args = { query: " q ", roles: ["user"], limit: 500, start_date: "2026-03-01", end_date: "2026-03-01" };
    expect(conversationQuery(args, "Europe/Berlin")).toEqual({
      query: "q",
      roles: ["user"],
      limit: 100,
      from: "2026-02-28T23:00:00.000Z",
      to: "2026-03-01T22:59:59.999Z",
    });
  });

  it("are refused in words for the model", () => {
    expect(() => conversationQuery({ roles: ["system"] }, "UTC")).toThrow(
      "Argument 'roles' may hold assistant, user, tool, got 'system'.",
    );
    expect(() => archivalQuery({}, "UTC")).toThrow("Missing required argument 'query'.");
    expect(() => archivalQuery({ query: "q", tag_match_mode: "some" }, "UTC")).toThrow("must be one of any, all");
    expect(() => archivalQuery({ query: "q", tags: "a" }, "UTC")).toThrow("Argument 'tags' must be a list of strings");
    expect(() => archivalQuery({ query: "q", end_datetime: "soon" }, "UTC")).toThrow(
      "Invalid end_datetime format: soon.",
    );
  });

  it("of a note are its text and each tag once", () => {
    expect(archivalNote({ content: "x\0", tags: ["a", "a", "b"] })).toEqual({ text: "x", tags: ["a", "b"] });
  });
});

describe("parseDate", () => {
  it.each([
    ["2026-01-15", "2026-01-15T00:00:00.000Z", "2026-01-15T23:59:59.999Z"],
    ["2026-01-15T14:30", "2026-01-15T14:30:00.000Z", "2026-01-15T14:30:59.999Z"],
    ["2026-01-15 14:30:05", "2026-01-15T14:30:05.000Z", "2026-01-15T14:30:05.999Z"],
    ["2026-01-15T14:30:05.123Z", "2026-01-15T14:30:05.000Z", "2026-01-15T14:30:05.999Z"],
    ["2026-01-15T14:30+02:00", "2026-01-15T12:30:00.000Z", "2026-01-15T12:30:59.999Z"],
  ])("reads %s as the span it names", (text, from, to) => {
    expect(parseDate(text, "start_date", "UTC")).toEqual({ from, to });
  });

  it.each(["", "yesterday", "2026-02-30", "2026-13-01", "2026-01-15T25:00", "2026-01-15T10:61", "15.01.2026"])(
    "refuses %j with the contract's text",
    (text) => {
      expect(() => parseDate(text, "start_date", "UTC")).toThrow(
        `Invalid start_date format: ${text}. Use ISO 8601 format (YYYY-MM-DD or YYYY-MM-DDTHH:MM)`,
      );
    },
  );
});

describe("returns", () => {
  const now = "2026-01-02T03:09:05Z";
  const createdAt = "2026-01-02T03:04:05Z";

  it("of conversation_search are a dict of results in the agent's timezone", () => {
    const relevance = { rrf_score: 0.5, vector_rank: 1, fts_rank: null };
    const found = [
      { createdAt, role: "user", content: "hi", relevance },
      { createdAt, role: "assistant", content: "hello" },
    ];
    expect(conversationResults(found, { now, timezone: "Europe/Berlin" })).toEqual({
      message: "Showing 2 results:",
      results: [
        { timestamp: "2026-01-02T04:04:05+01:00", time_ago: "5m ago", role: "user", relevance, content: "hi" },
        { timestamp: "2026-01-02T04:04:05+01:00", time_ago: "5m ago", role: "assistant", content: "hello" },
      ],
    });
    expect(conversationResults([], { now, timezone: "UTC" })).toEqual({ message: "No results found.", results: [] });
  });

  it("of archival_memory_search are the text of a Python list of dicts", () => {
    const found = [
      { id: "passage-1", createdAt, text: "Maria's\nplan", tags: ["a"] },
      {
        id: "passage-2",
        createdAt,
        text: "x",
        tags: [],
        relevance: { rrf_score: 0.5, vector_rank: null, fts_rank: 2 },
      },
    ];
    expect(archivalResults(found, "UTC")).toBe(
      `[{'id': 'passage-1', 'timestamp': '2026-01-02T03:04:05+00:00', 'content': "Maria's\\nplan", 'tags': ['a']}, ` +
        `{'id': 'passage-2', 'timestamp': '2026-01-02T03:04:05+00:00', 'content': 'x', 'tags': [], ` +
        `'relevance': {'rrf_score': 0.5, 'vector_rank': None, 'fts_rank': 2}}]`,
    );
    expect(archivalResults([], "UTC")).toBe("[]");
  });
});
