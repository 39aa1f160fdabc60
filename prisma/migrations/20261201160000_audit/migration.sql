-- AlterTable
ALTER TABLE "organization" ADD COLUMN "audit_days" INTEGER;

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "operation" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "user_agent" TEXT,
    "request_id" TEXT,
    "actor_kind" TEXT,
    "actor_id" TEXT,
    "actor_name" TEXT,
    "actor_role" TEXT,
    "credential_id" TEXT,
    "on_behalf_of" TEXT,
    "target_id" TEXT,
    "target_name" TEXT,
    "outcome" TEXT,
    "problem" TEXT,
    "difference" JSONB,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_entry_organization_id_created_at_id_idx" ON "audit_entry"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_entry_organization_id_target_id_created_at_idx" ON "audit_entry"("organization_id", "target_id", "created_at");

-- CreateIndex
CREATE INDEX "audit_entry_organization_id_actor_id_created_at_idx" ON "audit_entry"("organization_id", "actor_id", "created_at");

-- What an audit says stays said, whoever asks: an entry is completed once, with what its act came to, and goes only when
-- it is older than its organization keeps entries (never less than 30 days), or its organization is no more.
CREATE FUNCTION "audit_entry_guard"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  days INTEGER;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.outcome IS NULL AND NEW.outcome IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM jsonb_each(to_jsonb(OLD)) was
        WHERE was.value <> 'null'::jsonb AND was.value IS DISTINCT FROM to_jsonb(NEW) -> was.key
      ) THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit entries are append-only';
  END IF;
  IF TG_OP = 'DELETE' THEN
    SELECT GREATEST(o.audit_days, 30) INTO days FROM "organization" o
      WHERE o.id = COALESCE(OLD.organization_id, 'org-00000000-0000-4000-8000-000000000000') AND o.audit_days IS NOT NULL;
    IF OLD.created_at < now() - make_interval(days => days) THEN
      RETURN OLD;
    END IF;
    IF OLD.organization_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "organization" o WHERE o.id = OLD.organization_id) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'audit entries are append-only';
END
$$;

CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE ON "audit_entry"
  FOR EACH ROW EXECUTE FUNCTION "audit_entry_guard"();

CREATE TRIGGER "audit_entry_no_truncate" BEFORE TRUNCATE ON "audit_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_entry_guard"();
