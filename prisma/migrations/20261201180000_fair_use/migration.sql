-- AlterTable
ALTER TABLE "run" ADD COLUMN "key_id" TEXT;

-- CreateTable
CREATE TABLE "fair_limit" (
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL DEFAULT '',
    "requests_per_minute" INTEGER,
    "runs_at_once" INTEGER,
    "tokens_per_day" BIGINT,
    "dollars_per_month" DOUBLE PRECISION,

    CONSTRAINT "fair_limit_pkey" PRIMARY KEY ("organization_id","key_id")
);

-- CreateTable
CREATE TABLE "fair_use" (
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL DEFAULT '',
    "day" DATE NOT NULL,
    "tokens" BIGINT NOT NULL DEFAULT 0,
    "dollars" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "unpriced" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "fair_use_pkey" PRIMARY KEY ("organization_id","key_id","day")
);

-- CreateTable
CREATE TABLE "request_count" (
    "organization_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL DEFAULT '',
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "request_count_pkey" PRIMARY KEY ("organization_id","key_id")
);

-- CreateIndex
CREATE INDEX "run_at_work_idx" ON "run"("organization_id") WHERE "active_key" IS NOT NULL;
