-- CreateTable
CREATE TABLE "file_part" (
    "file_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "file_part_pkey" PRIMARY KEY ("file_id","number")
);

-- AddForeignKey
ALTER TABLE "file_part" ADD CONSTRAINT "file_part_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "file"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Compressing what is large takes longer than one statement may.
ALTER TABLE "file_part" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
ALTER TABLE "file" ALTER COLUMN "content" SET STORAGE EXTERNAL;
