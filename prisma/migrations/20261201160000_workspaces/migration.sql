-- AlterTable
ALTER TABLE "file" ADD COLUMN     "structure" JSONB;

-- CreateTable
CREATE TABLE "workspace_version" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "hash" TEXT,
    "size" INTEGER NOT NULL,
    "copied_from_id" TEXT,
    "operation" TEXT NOT NULL,
    "cause" JSONB NOT NULL,
    "run_id" TEXT,
    "step_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspace_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workspace_part" (
    "agent_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspace_part_pkey" PRIMARY KEY ("agent_id","hash","number")
);

-- CreateIndex
CREATE INDEX "workspace_version_agent_id_seq_idx" ON "workspace_version"("agent_id", "seq");

-- CreateIndex
CREATE INDEX "workspace_version_step_id_idx" ON "workspace_version"("step_id");

-- CreateIndex
CREATE UNIQUE INDEX "workspace_version_agent_id_path_number_key" ON "workspace_version"("agent_id", "path", "number");
