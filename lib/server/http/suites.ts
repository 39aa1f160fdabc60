import { suiteJsonSchema } from "@/lib/api/suite-file";
import type { SUITE_ENDPOINTS } from "@/lib/api/suites";
import { compareRuns } from "../suites/compare-runs";
import { draftSuite } from "../suites/draft";
import { suiteHistory } from "../suites/history";
import { reportRun } from "../suites/report";
import {
  approveSuiteRun,
  cancelSuiteRun,
  createSuiteRun,
  deleteSuiteRun,
  listSuiteItems,
  listSuiteRuns,
  retrieveSuiteItem,
  retrieveSuiteRun,
} from "../suites/suite-runs";
import {
  checkSource,
  createSuite,
  deleteSuite,
  exportSuite,
  listSuites,
  listSuiteVersions,
  retrieveSuite,
  updateSuite,
} from "../suites/suites";
import type { Handlers } from "./bind";

export const SUITE_HANDLERS: Handlers<typeof SUITE_ENDPOINTS> = {
  "suites.schema": () => suiteJsonSchema(),
  "suites.check": async ({ ctx, body }) => {
    const { content, problems } = await checkSource(ctx, body.source);
    return { problems, name: content?.suite ?? null, cases: content?.cases.length ?? 0 };
  },
  "suites.draft": async ({ ctx, query }) => ({ source: await draftSuite(ctx, query) }),
  "suites.list": ({ ctx, query }) => listSuites(ctx, query),
  "suites.create": ({ ctx, body }) => createSuite(ctx, body.source),
  "suites.retrieve": ({ ctx, params }) => retrieveSuite(ctx, params.suite_id),
  "suites.update": ({ ctx, params, body }) => updateSuite(ctx, params.suite_id, body.source),
  "suites.delete": async ({ ctx, params }) => {
    await deleteSuite(ctx, params.suite_id);
    return null;
  },
  "suites.export": ({ ctx, params, query }) => exportSuite(ctx, params.suite_id, query.format ?? null),
  "suites.versions": ({ ctx, params }) => listSuiteVersions(ctx, params.suite_id),
  "suites.history": ({ ctx, params, query }) => suiteHistory(ctx, params.suite_id, query.runs),
  "suites.runs.create": ({ ctx, params, body }) => createSuiteRun(ctx, params.suite_id, body),
  "suites.runs.list": ({ ctx, params, query }) => listSuiteRuns(ctx, params.suite_id, query),
  "suites.runs.retrieve": ({ ctx, params }) => retrieveSuiteRun(ctx, params.suite_id, params.suite_run_id),
  "suites.runs.delete": async ({ ctx, params }) => {
    await deleteSuiteRun(ctx, params.suite_id, params.suite_run_id);
    return null;
  },
  "suites.runs.items": ({ ctx, params, query }) => listSuiteItems(ctx, params.suite_id, params.suite_run_id, query),
  "suites.runs.item": ({ ctx, params }) =>
    retrieveSuiteItem(ctx, params.suite_id, params.suite_run_id, params.suite_item_id),
  "suites.runs.cancel": ({ ctx, params }) => cancelSuiteRun(ctx, params.suite_id, params.suite_run_id),
  "suites.runs.approve": ({ ctx, params }) => approveSuiteRun(ctx, params.suite_id, params.suite_run_id),
  "suites.runs.compare": ({ ctx, params, query }) =>
    compareRuns(ctx, params.suite_id, params.suite_run_id, query.with_run_id ?? null),
  "suites.runs.report": async ({ ctx, params, query }) => ({
    text: await reportRun(ctx, params.suite_id, params.suite_run_id, query.format),
  }),
};
