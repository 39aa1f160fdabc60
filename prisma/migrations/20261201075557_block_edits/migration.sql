-- AlterTable
ALTER TABLE "block_version" ADD COLUMN     "edits" JSONB;
