-- What is attached to an agent, detached from it or deleted, with its cause, where no version of a block or an agent says it.
CREATE TABLE "resource_event" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT ledger_next(),
    "organization_id" TEXT NOT NULL,
    "agent_id" TEXT,
    "resource" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "cause" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_event_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "resource_event_agent_id_seq_idx" ON "resource_event"("agent_id", "seq");
CREATE INDEX "resource_event_organization_id_seq_idx" ON "resource_event"("organization_id", "seq");
CREATE INDEX "resource_event_resource_id_idx" ON "resource_event"("resource_id");

-- A deleted archive stays in the past.
ALTER TABLE "archive" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);
