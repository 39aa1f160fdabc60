import { type SuiteContent, suiteContent } from "@/lib/api/suite-file";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { SuiteModel, SuiteVersionModel } from "../db/generated/models";

/** @throws ApiError `not-found`. */
export async function getSuite(ctx: Ctx, id: string): Promise<SuiteModel> {
  const row = await ctx.db.prisma.suite.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("suite", id);
  return row;
}

/** The newest version of a suite. */
export function headOf(ctx: Ctx, suite: SuiteModel): Promise<SuiteVersionModel> {
  const suiteId_number = { suiteId: suite.id, number: suite.latestVersion };
  return ctx.db.prisma.suiteVersion.findUniqueOrThrow({ where: { suiteId_number } });
}

/** What the newest version of a suite says. */
export async function currentContent(ctx: Ctx, suite: SuiteModel): Promise<SuiteContent> {
  return suiteContent.parse((await headOf(ctx, suite)).content);
}
