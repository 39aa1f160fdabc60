import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import {
  findEnumArg,
  findIntegerArg,
  findStringArg,
  stringArg,
  type ToolArgs,
  ToolFailure,
} from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { touchFiles } from "../../folders/files-of-agent";
import { type Attached, attachedTo, findAttached, textOfAttached } from "./attached";
import { count } from "./file-manager";
import { inTool } from "./in-tool";
import type { OutlineResult, Place } from "./work/outline";

const ACTIONS = ["list", "outline", "tables", "figures", "quotes"] as const;
const DEFAULT_LIMIT = 20;
const MOST = 100;
const MOST_HEADINGS = 300;
const TABLE_ROWS = 40;

/** `document_analysis`: what the files of the agent's folders are made of, each with its place. */
export async function documentAnalysis(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const action = findEnumArg(args, "action", ACTIONS) ?? (findStringArg(args, "file_name") ? "outline" : "list");
  const files = await attachedTo(ctx, call.agentId);
  if (files.length === 0) {
    throw new ToolFailure("No files are attached to you. A person attaches a folder with files to the agent.");
  }
  if (action === "list") return { status: "success", content: listed(files) };
  const name = stringArg(args, "file_name");
  const file = findAttached(files, name);
  if (!file)
    throw new ToolFailure(`There is no file '${name}'. Attached are: ${files.map((one) => one.name).join(", ")}.`);
  const query = findStringArg(args, "query")?.trim() || null;
  if (action === "quotes" && !query) throw new ToolFailure("Argument 'query' must say what to quote.", "TypeError");
  const limit = Math.min(MOST, Math.max(1, findIntegerArg(args, "limit") ?? DEFAULT_LIMIT));
  const text = await textOfAttached(ctx, file);
  const result = await inTool(ctx, "outline", { action, text, structure: file.structure, query, limit });
  await touchFiles(ctx, call.agentId, [file.id]);
  return { status: "success", content: said(file, result, query) };
}

function listed(files: readonly Attached[]): string {
  const lines = files.map(({ name, type, status, hasText, structure }) => {
    const pages = structure?.pages ? [count(structure.pages.length, "page")] : [];
    return `${name} (${[type ?? "text", ...pages, ...(hasText ? [] : [`not readable: ${status}`])].join(", ")})`;
  });
  return [`${count(files.length, "file")} attached:`, ...lines].join("\n");
}

const at = ({ page, line }: Place) => (page === null ? `line ${line}` : `page ${page}, line ${line}`);

function said(file: Attached, result: OutlineResult, query: string | null): string {
  switch (result.type) {
    case "outline": {
      const size = [
        ...(result.pages ? [count(result.pages, "page")] : []),
        count(result.lines, "line"),
        count(result.words, "word"),
      ];
      const head = `${file.name}: ${size.join(", ")}.`;
      if (result.headings.length === 0) return `${head} No headings were found.`;
      const how = result.isGuess ? "Headings, guessed by how lines look:" : "Headings:";
      const lines = result.headings
        .slice(0, MOST_HEADINGS)
        .map((one) => `${"  ".repeat(one.level - 1)}- ${one.title} (${at(one)})`);
      return [head, how, ...lines, ...more(result.headings.length - lines.length, "heading")].join("\n");
    }
    case "tables": {
      if (result.total === 0) return `No tables were found in ${file.name}.`;
      const tables = result.tables.map((table) => {
        const head = `${table.caption ?? "Table"} (${at(table)}${table.rows.length > 0 ? `, ${count(table.rows.length, "row")}` : ", of which only the caption is text"})`;
        return [head, ...table.rows.slice(0, TABLE_ROWS), ...more(table.rows.length - TABLE_ROWS, "row")].join("\n");
      });
      return [
        `${count(result.total, "table")} in ${file.name}:`,
        ...tables,
        ...more(result.total - tables.length, "table"),
      ].join("\n\n");
    }
    case "figures": {
      if (result.total === 0)
        return `No captions of figures were found in ${file.name}. Pictures without one can't be seen in text.`;
      const lines = result.figures.map((figure) => `- ${figure.caption} (${at(figure)})`);
      return [
        `${count(result.total, "figure")} in ${file.name}:`,
        ...lines,
        ...more(result.total - lines.length, "figure"),
      ].join("\n");
    }
    case "quotes": {
      if (result.total === 0) return `Nothing in ${file.name} says '${query}', nor most of its words.`;
      const how = result.isExact ? `say '${query}'` : `have most of the words of '${query}', none says it as it stands`;
      const lines = result.quotes.map((quote) => `“${quote.text}” (${file.name}, ${at(quote)})`);
      return [`${count(result.total, "place")} ${how}:`, ...lines, ...more(result.total - lines.length, "place")].join(
        "\n",
      );
    }
  }
}

const more = (n: number, what: string) => (n > 0 ? [`… and ${count(n, `more ${what}`)}.`] : []);
