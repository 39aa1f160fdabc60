-- AlterTable
ALTER TABLE "run" ADD COLUMN     "request_hash" TEXT;
