import type { Body } from "@/lib/api/endpoint";
import type { RUN_VIEW_ENDPOINTS, WireRunView } from "@/lib/api/run-views";
import type { Ctx } from "../core/core";
import { ApiError, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { RunViewModel } from "../db/generated/models";

type ViewBody<Id extends string> = Body<Extract<(typeof RUN_VIEW_ENDPOINTS)[number], { id: Id }>>;

const MOST = 100;
const UNIQUE_VIOLATION = "P2002";

/** The caller's own, by name. */
export async function listRunViews(ctx: Ctx): Promise<WireRunView[]> {
  const views = await ctx.db.prisma.runView.findMany({ where: mine(ctx), orderBy: [{ name: "asc" }], take: MOST });
  return views.map(toWire);
}

/** @throws ApiError `conflict` for a name that the caller has, `invalid` where there are too many. */
export async function createRunView(ctx: Ctx, { name, filter }: ViewBody<"runs.views.create">): Promise<WireRunView> {
  if ((await ctx.db.prisma.runView.count({ where: mine(ctx) })) >= MOST)
    throw new ApiError("invalid", `There are ${MOST} views already; delete one first`);
  const data = { id: newId("view"), ...mine(ctx), name, filter };
  return toWire(await named(name, () => ctx.db.prisma.runView.create({ data })));
}

/** @throws ApiError `not-found`; `conflict` for a name that the caller has. */
export async function updateRunView(
  ctx: Ctx,
  id: string,
  changes: ViewBody<"runs.views.update">,
): Promise<WireRunView> {
  const { name, filter } = changes;
  const data = { ...(name === undefined ? {} : { name }), ...(filter === undefined ? {} : { filter }) };
  const where = { id, ...mine(ctx) };
  const { count } = await named(name ?? "", () => ctx.db.prisma.runView.updateMany({ where, data }));
  const view = count === 0 ? null : await ctx.db.prisma.runView.findFirst({ where });
  if (!view) throw notFound("view", id);
  return toWire(view);
}

/** @throws ApiError `not-found`. */
export async function deleteRunView(ctx: Ctx, id: string): Promise<void> {
  const { count } = await ctx.db.prisma.runView.deleteMany({ where: { id, ...mine(ctx) } });
  if (count === 0) throw notFound("view", id);
}

const mine = ({ actor }: Ctx) => ({ organizationId: actor.organizationId, userId: actor.userId });

async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === UNIQUE_VIOLATION)
      throw conflict(`CONFLICT: there is a view named "${name}"`);
    throw error;
  }
}

function toWire(view: RunViewModel): WireRunView {
  return {
    id: view.id,
    name: view.name,
    filter: view.filter as WireRunView["filter"],
    created_at: view.createdAt.toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}
