import type { BuiltinSchema } from "./builtin-schemas";
import { boolean, integer, list, oneOf, schema, text, texts } from "./schema-parts";

const PATH = "A path in your workspace, such as notes/plan.md.";

/** Tools to begin with: what they do is real, and a person may put a tool of their own of the same name in their place. */
export const STARTER_SCHEMAS: BuiltinSchema[] = [
  schema(
    "knowledge_base_lookup",
    "Searches your knowledge base, the files of your folders and the notes of your archives, by words and by meaning. Each result comes with its source (file, page and lines, or note): name it when you use the result. Use it before you answer from memory what documents may say.",
    {
      query: text("What to look for, in natural language."),
      limit: integer("Most results to return, from 1 to 50 (default 5)."),
      sources: oneOf(["all", "files", "archives"], "Where to look (default all)."),
    },
    ["query"],
  ),
  schema(
    "file_manager",
    "Reads and writes files in your own workspace, which stays as it is between conversations. A file may have 2 MB, the workspace 32 MB.\n\n" +
      "Actions: list (files of `path`, or all), read (`path`, from start_line to end_line), write (`path`, `content`), append (`path`, `content`), replace (`old_text` by `content` in `path`), move and copy (`path` to `destination`), delete (`path`; a folder with recursive), search (lines that match the regular expression `pattern`, in `path`).",
    {
      action: oneOf(["list", "read", "write", "append", "replace", "move", "copy", "delete", "search"], "What to do."),
      path: text(PATH),
      content: text("What to write, of write, append and replace."),
      old_text: text("What replace is to find in the file, word for word."),
      replace_all: boolean("Whether replace may replace it in several places (default false)."),
      destination: text("Where move and copy put it."),
      overwrite: boolean("Whether write (default true), move and copy (default false) may replace a file."),
      recursive: boolean("Whether delete may delete a folder with all that is in it (default false)."),
      pattern: text("The regular expression that search looks for, whatever the case."),
      start_line: integer("The first line to read, from 1 (default: the first)."),
      end_line: integer("The last line to read (default: as much as fits)."),
    },
    ["action"],
  ),
  schema(
    "git_operations",
    "Keeps versions of the files of your workspace with git.\n\n" +
      "Actions: init; status; diff (of `from`, default the last commit, to `to`, default the files as they are); commit (all changes, or those of `paths`, with `message`); log (of `from`, `limit` commits); branch (lists them, or makes `branch` from `from`, or deletes it with delete); checkout (`branch`; with `paths` restores those from the last commit); merge (`branch` into the one you are on; conflicts are marked in the files: write what they should say and commit, or merge with abort); clone (`url`), fetch, pull and push, for hosts that a person has allowed.",
    {
      action: oneOf(
        [
          ...["init", "status", "diff", "commit", "log", "branch", "checkout", "merge"],
          ...["clone", "fetch", "pull", "push"],
        ],
        "What to do.",
      ),
      repository: text("The folder of the repository in your workspace (default: the whole workspace)."),
      message: text("What a commit changes."),
      branch: text("The name of a branch."),
      from: text("A branch or commit: where diff, log or a new branch begins."),
      to: text("A branch or commit: where diff ends."),
      paths: texts("Only these files or folders, as paths within the repository."),
      limit: integer("Most commits that log shows or clone fetches (default 20)."),
      delete: boolean("Whether branch deletes the branch (default false)."),
      abort: boolean("Whether merge gives up a merge that met conflicts (default false)."),
      url: text("The address to clone; https."),
    },
    ["action"],
  ),
  schema(
    "document_analysis",
    "Says what the files of your folders are made of, with pages and lines.\n\n" +
      "Actions: list (the files), outline (headings of `file_name`), tables, figures (captions), quotes (sentences that say `query`, word for word where there are any). Quote from what this returns, and name the page.",
    {
      action: oneOf(["list", "outline", "tables", "figures", "quotes"], "What to find."),
      file_name: text("The file, as list names it."),
      query: text("What quotes are to say."),
      limit: integer("Most results, from 1 to 100 (default 20)."),
    },
    ["action"],
  ),
  schema(
    "data_processing",
    "Works on tables: CSV, TSV, JSON and Excel (.xlsx) files of your workspace, and attached CSV and JSON files.\n\n" +
      "Actions: summary (what each column holds), query (filter, join, group, sort and select rows; may be kept with save_as as .csv or .json), chart (draws columns as an image; may be kept with save_as as .png or .svg). All three take filters, join, group_by, aggregates, sort and limit, which apply in this order: join, filters, group_by with aggregates, sort, limit, select. Columns that aggregates make are called as `as` says.",
    {
      action: oneOf(["summary", "query", "chart"], "What to do."),
      path: text("The file to read, in your workspace or attached."),
      sheet: text("The sheet of a spreadsheet (default: the first)."),
      filters: list(
        {
          column: text("The column."),
          operator: oneOf(
            ["=", "!=", ">", ">=", "<", "<=", "contains", "starts_with", "in", "is_empty", "is_not_empty"],
            "How it is compared.",
          ),
          value: { description: "With what; a list for in." },
        },
        ["column", "operator"],
        "Only rows that pass all of these.",
      ),
      join: {
        type: "object",
        description: "Another table whose columns are added where rows match.",
        properties: {
          path: text("Its file."),
          sheet: text("Its sheet."),
          on: texts("The columns to match by."),
          right_on: texts("Their names in the other table, where they differ."),
          how: oneOf(
            ["inner", "left", "outer"],
            "Which rows are kept: those that match (inner, default), all of the first (left), all (outer).",
          ),
        },
        required: ["path", "on"],
      },
      group_by: texts("Columns whose values make the groups."),
      aggregates: list(
        {
          function: oneOf(["count", "sum", "mean", "median", "min", "max", "distinct"], "What is worked out."),
          column: text("Of which column; count counts rows without one."),
          as: text("What the result is called."),
        },
        ["function"],
        "What is worked out for each group, or for all rows.",
      ),
      select: texts("Only these columns, in this order."),
      sort: list(
        { column: text("The column."), descending: boolean("Largest first (default false).") },
        ["column"],
        "The order of the rows.",
      ),
      limit: integer("Most rows."),
      chart_type: oneOf(["bar", "line", "scatter", "pie"], "The kind of chart (default bar)."),
      x: text("The column along the chart, or of a pie's names."),
      y: texts("The columns to draw, which hold numbers."),
      series: text("A column whose values are drawn apart, one colour for each."),
      title: text("The chart's title."),
      save_as: text("A path in your workspace to keep the result as."),
    },
    ["action", "path"],
  ),
];

export const STARTER_NAMES: ReadonlySet<string> = new Set(STARTER_SCHEMAS.map(({ name }) => name));
