-- AlterTable
ALTER TABLE "conversation" ADD COLUMN     "kept_seqs" INTEGER[] DEFAULT ARRAY[]::INTEGER[];

-- AlterTable
ALTER TABLE "compaction" ADD COLUMN     "kept" TEXT[] DEFAULT ARRAY[]::TEXT[];
