-- AlterTable
ALTER TABLE "step" ADD COLUMN     "cost" DOUBLE PRECISION;
