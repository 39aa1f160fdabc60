import { z } from "@hono/zod-openapi";
import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { findEnumArg, findStringArg, type ToolArgs, ToolFailure } from "@/lib/engine/tools/tool-args";
import type { ContentPart } from "@/lib/stream/message";
import type { Ctx } from "../../core/core";
import { keepMadeImage } from "../../images/images";
import { isGitOwn, workspacePath } from "../../workspaces/paths";
import { noFile, openWorkspace, type Workspace } from "../../workspaces/workspace";
import { attachedTo, findAttached, textOfAttached } from "./attached";
import { inTool } from "./in-tool";
import type { TableTask } from "./work/table";

const ACTIONS = ["summary", "query", "chart"] as const;
const MOST_LIMIT = 100_000;

const name = z.string().min(1).max(500);
const names = z.array(name).max(200);
/** A model sends one name where a list of one is meant. */
const oneOrMore = z.union([names, name.transform((one) => [one])]);
const args = z.object({
  filters: z
    .array(z.object({ column: name, operator: z.string(), value: z.unknown().optional() }))
    .max(50)
    .default([]),
  group_by: oneOrMore.default([]),
  aggregates: z
    .array(z.object({ function: z.string(), column: name.optional(), as: name.optional() }))
    .max(50)
    .default([]),
  select: oneOrMore.default([]),
  sort: z
    .array(z.object({ column: name, descending: z.boolean().default(false) }))
    .max(10)
    .default([]),
  limit: z.number().int().min(1).max(MOST_LIMIT).nullable().default(null),
  join: z
    .object({
      path: name,
      sheet: name.nullable().default(null),
      on: oneOrMore,
      right_on: oneOrMore.optional(),
      how: z.string().default("inner"),
    })
    .nullable()
    .default(null),
  chart_type: z.string().default("bar"),
  x: name.optional(),
  y: oneOrMore.optional(),
  series: name.nullable().default(null),
  title: z.string().max(500).nullable().default(null),
});

/** `data_processing`: tables of the workspace and of attached files, summed up, asked, joined and drawn. */
export async function dataProcessing(ctx: Ctx, given: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const action = findEnumArg(given, "action", ACTIONS);
  if (!action) throw new ToolFailure(`Missing required argument 'action': one of ${ACTIONS.join(", ")}.`, "TypeError");
  const path = findStringArg(given, "path");
  if (!path)
    throw new ToolFailure(
      "Missing required argument 'path': a file of the workspace, or an attached one.",
      "TypeError",
    );
  const asked = read(given);
  const saveAs = savePath(given);
  const workspace = await openWorkspace(ctx, call.agentId, call.pending);
  const source = { ...(await sourceOf(ctx, call, workspace, path)), sheet: findStringArg(given, "sheet") ?? null };
  const { join } = asked;
  const result = await inTool(ctx, "table", {
    source,
    join: join && {
      source: { ...(await sourceOf(ctx, call, workspace, join.path)), sheet: join.sheet },
      ...{ how: join.how, left: join.on, right: join.right_on ?? join.on },
    },
    query: {
      ...{ filters: asked.filters, aggregates: asked.aggregates, select: asked.select },
      ...{ groupBy: asked.group_by, sort: asked.sort, limit: asked.limit },
    } as TableTask["query"],
    act: actOf(action, asked, saveAs),
  });
  if ("refused" in result) throw new ToolFailure(result.refused);
  const bytes = result.saved !== null ? Buffer.from(result.saved) : result.image?.bytes;
  if (saveAs && bytes) await workspace.write(saveAs, bytes, "data_processing");
  const text = saveAs ? `${result.text}\nKept as '${saveAs}' in the workspace.` : result.text;
  const content: string | ContentPart[] =
    result.image?.format === "png"
      ? [{ type: "text", text }, await keepMadeImage(ctx, call.agentId, { ...result.image, mediaType: "image/png" })]
      : text;
  return { status: "success", content, writes: workspace.writes() };
}

type Asked = z.output<typeof args>;

function read(given: ToolArgs): Asked {
  // What a model leaves out it often sends as null.
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== ""));
  const { data, error } = args.safeParse(present);
  if (data) return data;
  const [issue] = error.issues;
  throw new ToolFailure(`Argument '${issue!.path.join(".")}' can't be used: ${issue!.message}.`, "TypeError");
}

function savePath(given: ToolArgs): string | null {
  const asked = findStringArg(given, "save_as");
  if (!asked) return null;
  const path = workspacePath(asked);
  if (path === "" || isGitOwn(path)) throw new ToolFailure(`A file can't be kept as '${asked}'.`);
  return path;
}

function actOf(action: (typeof ACTIONS)[number], asked: Asked, saveAs: string | null): TableTask["act"] {
  const ending = saveAs?.split(".").at(-1)?.toLowerCase();
  if (action === "summary") return { type: "summary" };
  if (action === "query") {
    if (ending !== undefined && ending !== "csv" && ending !== "json") {
      throw new ToolFailure("What is asked of a table can be kept as .csv or .json. Let save_as end so.");
    }
    return { type: "query", save: ending === undefined ? null : ending };
  }
  if (!asked.x || !asked.y?.length)
    throw new ToolFailure("A chart needs 'x' and 'y', the columns to draw.", "TypeError");
  if (ending !== undefined && ending !== "png" && ending !== "svg") {
    throw new ToolFailure("A chart can be kept as .png or .svg. Let save_as end so.");
  }
  const { chart_type: type, x, y, series, title } = asked;
  return { type: "chart", chart: { type, x, y, series, title }, format: ending === "svg" ? "svg" : "png" };
}

/** A file of the workspace, or else one of the agent's folders, of which there is the text. */
async function sourceOf(ctx: Ctx, call: ToolContext, workspace: Workspace, given: string) {
  const path = workspacePath(given);
  if (workspace.find(path)) return { name: path, bytes: new Uint8Array(await workspace.read(path)) };
  const attached = await attachedTo(ctx, call.agentId);
  const file = findAttached(attached, given);
  if (file) return { name: file.name, bytes: new TextEncoder().encode(await textOfAttached(ctx, file)) };
  const others = attached.length > 0 ? ` Attached are: ${attached.map((one) => one.name).join(", ")}.` : "";
  throw new ToolFailure(`${noFile(path, workspace.files()).message}${others}`);
}
