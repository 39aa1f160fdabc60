import type { JOB_ENDPOINTS } from "@/lib/api/jobs";
import { listBatchMessages } from "../batches/batch-messages";
import { cancelBatch, createBatch, deleteJob, listItems, listJobs, retrieveJob } from "../batches/batches";
import { callbackSecret, SIGNATURE_HEADER } from "../callbacks/signature";
import type { Handlers } from "./bind";

export const JOB_HANDLERS: Handlers<typeof JOB_ENDPOINTS> = {
  "messages.batches.create": ({ ctx, body }) => createBatch(ctx, body),
  "messages.batches.list": ({ ctx, query }) => listJobs(ctx, query),
  "messages.batches.retrieve": ({ ctx, params }) => retrieveJob(ctx, params.batch_id),
  "messages.batches.cancel": async ({ ctx, params }) => {
    await cancelBatch(ctx, params.batch_id);
    return null;
  },
  "messages.batches.messages": ({ ctx, params, query }) => listBatchMessages(ctx, params.batch_id, query),
  "messages.batches.items": ({ ctx, params, query }) => listItems(ctx, params.batch_id, query),
  "jobs.list": ({ ctx, query }) => {
    const order = query.ascending == null ? query.order : query.ascending ? "asc" : "desc";
    return listJobs(ctx, { ...query, order }, query);
  },
  "jobs.active": ({ ctx, query }) => {
    const order = query.ascending ? "asc" : "desc";
    return listJobs(ctx, { ...query, order, order_by: "created_at" }, { ...query, active: true });
  },
  "jobs.retrieve": ({ ctx, params }) => retrieveJob(ctx, params.job_id),
  "jobs.cancel": async ({ ctx, params }) => {
    await cancelBatch(ctx, params.job_id);
    return retrieveJob(ctx, params.job_id);
  },
  "jobs.delete": ({ ctx, params }) => deleteJob(ctx, params.job_id),
  "callbacks.secret": ({ ctx }) => ({
    secret: callbackSecret(ctx),
    header: SIGNATURE_HEADER,
    scheme: "t=<unix seconds>,v1=<hex of HMAC-SHA256, keyed with the text of the secret, of `<t>.<body>`>",
  }),
};
