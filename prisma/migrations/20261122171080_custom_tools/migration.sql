-- AlterTable
ALTER TABLE "tool_call" ADD COLUMN     "memory_bytes" BIGINT;

-- CreateIndex
CREATE INDEX "tool_call_organization_id_name_started_at_idx" ON "tool_call"("organization_id", "name", "started_at");

-- CreateTable
CREATE TABLE "tool_secret" (
    "tool_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value_enc" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_secret_pkey" PRIMARY KEY ("tool_id","key")
);

-- AddForeignKey
ALTER TABLE "tool_secret" ADD CONSTRAINT "tool_secret_tool_id_fkey" FOREIGN KEY ("tool_id") REFERENCES "tool"("id") ON DELETE CASCADE ON UPDATE CASCADE;
