-- Callbacks: how often one was tried, and whether it is settled, for better or worse.
ALTER TABLE "run" ADD COLUMN "callback_attempts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "callback_done" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "batch" ADD COLUMN "callback_attempts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "callback_done" BOOLEAN NOT NULL DEFAULT false;

-- A schedule is deleted with its firings.
ALTER TABLE "schedule" DROP COLUMN "deleted_at";

-- What is left to do: few rows of large tables, looked for again and again.
CREATE INDEX "run_callback_open" ON "run" ("completed_at")
  WHERE "callback_url" IS NOT NULL AND "completed_at" IS NOT NULL AND NOT "callback_done";
CREATE INDEX "batch_open" ON "batch" ("created_at") WHERE "status" IN ('created', 'running');
CREATE INDEX "batch_callback_open" ON "batch" ("completed_at")
  WHERE "callback_url" IS NOT NULL AND "completed_at" IS NOT NULL AND NOT "callback_done";
CREATE INDEX "schedule_firing_open" ON "schedule_firing" ("fired_at") WHERE "run_id" IS NULL AND "error" IS NULL;
