import type { ToolOrigin } from "@/lib/api/tools";
import type { Tool } from "../api/wire";

export type Origin = ToolOrigin;
export const ORIGINS: readonly Origin[] = ["built-in", "custom", "mcp", "client"];

export const ORIGIN_NAMES: Record<Origin, string> = {
  "built-in": "Built-in",
  custom: "Custom",
  mcp: "MCP",
  client: "Client-side",
};

export function originOf(tool: Pick<Tool, "tool_type" | "source_type">): Origin {
  if (tool.tool_type === "external_mcp") return "mcp";
  if (tool.tool_type !== "custom") return "built-in";
  return tool.source_type === "json" ? "client" : "custom";
}

export const readOrigin = (text: string | null): Origin | null => ORIGINS.find((origin) => origin === text) ?? null;

/** What the source of a tool is written in; `json` is a schema alone, for a tool that the client runs. */
export type SourceLanguage = "python" | "typescript" | "json";

export const LANGUAGE_NAMES: Record<SourceLanguage, string> = {
  python: "Python",
  typescript: "TypeScript",
  json: "Schema only (the client runs it)",
};

export const languageOfTool = (tool: Pick<Tool, "source_type">): SourceLanguage =>
  tool.source_type === "typescript" || tool.source_type === "json" ? tool.source_type : "python";

export const readLanguage = (text: string | null): SourceLanguage =>
  text === "typescript" || text === "json" ? text : "python";

/** The source that the editor shows: of a schema-only tool its schema. */
export function sourceOf(tool: Tool): string {
  if (tool.source_type !== "json" || tool.source_code) return tool.source_code ?? "";
  return JSON.stringify(tool.json_schema, null, 2);
}

export const TEMPLATES: Record<SourceLanguage, string> = {
  python: `def add_days(date: str, days: int = 1) -> str:
    """
    Count days forward from a date.

    Args:
        date (str): A date, as YYYY-MM-DD.
        days (int): How many days to go; negative goes back.

    Returns:
        str: The date that is so many days away.
    """
    from datetime import date as day, timedelta

    result = day.fromisoformat(date) + timedelta(days=days)
    print(f"{date} {days:+d} days")
    return result.isoformat()
`,
  typescript: `/**
 * Count days forward from a date.
 * @param date A date, as YYYY-MM-DD.
 * @param days How many days to go; negative goes back.
 */
export function addDays(date: string, days: number = 1): string {
  const result = new Date(date);
  result.setUTCDate(result.getUTCDate() + days);
  console.log(date, days);
  return result.toISOString().slice(0, 10);
}
`,
  json: `{
  "name": "open_page",
  "description": "Open a page in the person's browser.",
  "parameters": {
    "type": "object",
    "properties": {
      "path": { "type": "string", "description": "Where to go, such as /orders/12" }
    },
    "required": ["path"]
  }
}
`,
};

/** A refusal of a source, with the line that it is about, from 1. */
export type SourceProblem = { message: string; line: number | null };

/** What is wrong with a JSON text, at its line, or null. What it says is checked by the server. */
export function problemOfJson(text: string): SourceProblem | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return null;
    return { message: "The schema has to be an object with name, description and parameters.", line: 1 };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { message, line: lineOfJsonError(message, text) };
  }
}

/** Engines name a line or a position, or neither at the end of the input. */
function lineOfJsonError(message: string, text: string): number {
  const line = /line (\d+)/.exec(message);
  if (line) return Number(line[1]);
  const position = /position (\d+)/.exec(message);
  return text.slice(0, position ? Number(position[1]) : text.length).split("\n").length;
}

/** Tags as they are typed: separated by commas, each once. */
export const readTags = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

/** The server that an MCP tool belongs to. Its name is in the tool's tags, as the contract has it. */
export const serverNameOf = (tool: Pick<Tool, "tags">): string | null =>
  tool.tags.find((tag) => tag.startsWith("mcp:"))?.slice("mcp:".length) ?? null;
