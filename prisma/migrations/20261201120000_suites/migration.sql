-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "suite_run_id" TEXT;

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "suite_run_id" TEXT;

-- CreateTable
CREATE TABLE "suite" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "latest_version" INTEGER NOT NULL DEFAULT 1,
    "baseline_run_id" TEXT,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "suite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suite_version" (
    "id" TEXT NOT NULL,
    "suite_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "suite_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suite_run" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "suite_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "content" JSONB NOT NULL,
    "options" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "suite_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suite_item" (
    "id" TEXT NOT NULL,
    "suite_run_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "case_name" TEXT NOT NULL,
    "variant" TEXT NOT NULL DEFAULT '',
    "repeat" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "agent_id" TEXT,
    "turns" INTEGER NOT NULL DEFAULT 0,
    "result" JSONB,
    "error" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "suite_item_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "agent_suite_run_id_idx" ON "agent"("suite_run_id");

-- CreateIndex
CREATE INDEX "suite_organization_id_created_at_id_idx" ON "suite"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "suite_organization_id_name_key" ON "suite"("organization_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "suite_version_suite_id_number_key" ON "suite_version"("suite_id", "number");

-- CreateIndex
CREATE INDEX "suite_run_suite_id_created_at_id_idx" ON "suite_run"("suite_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "suite_run_organization_id_created_at_id_idx" ON "suite_run"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "suite_item_agent_id_idx" ON "suite_item"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "suite_item_suite_run_id_position_key" ON "suite_item"("suite_run_id", "position");

-- AddForeignKey
ALTER TABLE "suite_version" ADD CONSTRAINT "suite_version_suite_id_fkey" FOREIGN KEY ("suite_id") REFERENCES "suite"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "suite_run" ADD CONSTRAINT "suite_run_suite_id_fkey" FOREIGN KEY ("suite_id") REFERENCES "suite"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "suite_item" ADD CONSTRAINT "suite_item_suite_run_id_fkey" FOREIGN KEY ("suite_run_id") REFERENCES "suite_run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
