-- AlterTable
ALTER TABLE "run" ADD COLUMN     "created_by_id" TEXT;

-- CreateTable
CREATE TABLE "usage" (
    "organization_id" TEXT NOT NULL,
    "grain" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "agent_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "runs" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "cancelled" INTEGER NOT NULL,
    "steps" INTEGER NOT NULL,
    "prompt" BIGINT NOT NULL,
    "completion" BIGINT NOT NULL,
    "cached" BIGINT,
    "cost" DOUBLE PRECISION,
    "unpriced" INTEGER NOT NULL,
    "writes" INTEGER NOT NULL,
    "compactions" INTEGER NOT NULL,
    "searches" INTEGER NOT NULL,
    "empty_searches" INTEGER NOT NULL,
    "firsts" BIGINT[],
    "wholes" BIGINT[],

    CONSTRAINT "usage_pkey" PRIMARY KEY ("organization_id","grain","agent_id","model","user_id","at")
);

-- CreateTable
CREATE TABLE "tool_usage" (
    "organization_id" TEXT NOT NULL,
    "grain" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "agent_id" TEXT NOT NULL,
    "tool" TEXT NOT NULL,
    "calls" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    "denied" INTEGER NOT NULL,
    "times" BIGINT[],

    CONSTRAINT "tool_usage_pkey" PRIMARY KEY ("organization_id","grain","agent_id","tool","at")
);

-- CreateTable
CREATE TABLE "usage_progress" (
    "organization_id" TEXT NOT NULL,
    "rolled_to" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_progress_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "usage_stale" (
    "organization_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_stale_pkey" PRIMARY KEY ("organization_id","hour")
);

-- CreateTable
CREATE TABLE "run_view" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "filter" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "run_view_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "usage_organization_id_grain_at_idx" ON "usage"("organization_id", "grain", "at");

-- CreateIndex
CREATE INDEX "tool_usage_organization_id_grain_at_idx" ON "tool_usage"("organization_id", "grain", "at");

-- CreateIndex
CREATE INDEX "usage_stale_due_at_idx" ON "usage_stale"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "run_view_organization_id_user_id_name_key" ON "run_view"("organization_id", "user_id", "name");

-- CreateIndex
CREATE INDEX "compaction_run_id_idx" ON "compaction"("run_id");
