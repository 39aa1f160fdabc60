-- CreateTable
CREATE TABLE "erasure" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "agent_ids" TEXT[],
    "counts" JSONB NOT NULL,
    "cause" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "erased_record" (
    "erasure_id" TEXT NOT NULL,
    "record_id" TEXT NOT NULL,
    "agent_id" TEXT,

    CONSTRAINT "erased_record_pkey" PRIMARY KEY ("erasure_id","record_id")
);

-- CreateIndex
CREATE INDEX "erasure_organization_id_created_at_id_idx" ON "erasure"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "erased_record_record_id_idx" ON "erased_record"("record_id");

-- CreateIndex
CREATE INDEX "erased_record_agent_id_idx" ON "erased_record"("agent_id");

-- AddForeignKey
ALTER TABLE "erased_record" ADD CONSTRAINT "erased_record_erasure_id_fkey" FOREIGN KEY ("erasure_id") REFERENCES "erasure"("id") ON DELETE CASCADE ON UPDATE CASCADE;
