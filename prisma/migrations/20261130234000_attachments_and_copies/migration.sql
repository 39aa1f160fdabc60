-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "forked_seq" BIGINT;

-- AlterTable
ALTER TABLE "agent_version" ADD COLUMN     "copied_from_id" TEXT;

-- AlterTable
ALTER TABLE "archive" ADD COLUMN     "copied_from_id" TEXT;

-- AlterTable
ALTER TABLE "block_version" ADD COLUMN     "copied_from_id" TEXT;

-- AlterTable
ALTER TABLE "compile" ADD COLUMN     "epoch" INTEGER;

-- AlterTable
ALTER TABLE "conversation" ADD COLUMN     "forked_seq" BIGINT,
ADD COLUMN     "owns_memory" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "passage" ADD COLUMN     "copied_from_id" TEXT;

-- AlterTable
ALTER TABLE "step" ADD COLUMN     "compile_epoch" INTEGER;

-- CreateIndex
CREATE INDEX "passage_event_step_id_idx" ON "passage_event"("step_id");

-- Who ever had a block.
CREATE INDEX "agent_version_block_ids" ON "agent_version" USING gin (("config"->'blockIds'));
