-- The search index is derived: it is made anew, in the background, from messages, passages and files. Vectors stay.
DROP TABLE "search_posting";
DROP TABLE "search_document";
DROP TABLE "search_scope";

-- The order in which documents came into the index, or left it: what a process has read of a scope ends at one of these.
CREATE SEQUENCE "search_entry";

-- A scope is an agent (its messages), an archive (its passages) or a folder (its files' pieces).
CREATE TABLE "search_scope" (
    "scope_id" TEXT PRIMARY KEY,
    "kind" TEXT NOT NULL DEFAULT 'messages',
    "indexed_through" BIGINT NOT NULL DEFAULT 0,
    "documents" INTEGER NOT NULL DEFAULT 0,
    "total_length" BIGINT NOT NULL DEFAULT 0,
    -- The embedding model that all its documents have vectors of; empty: it has none; null: some may lack theirs.
    "vectors_of" TEXT,
    -- Until when somebody gives them theirs.
    "vectors_held_until" TIMESTAMPTZ
);
CREATE INDEX "search_scope_without_vectors" ON "search_scope" ("scope_id") WHERE "vectors_of" IS NULL;

-- A message, a passage or a piece of a file, by its ledger sequence. One that was deleted stays as an entry without words.
CREATE TABLE "search_document" (
    "doc" BIGINT PRIMARY KEY,
    "scope_id" TEXT NOT NULL,
    "entry" BIGINT NOT NULL DEFAULT nextval('search_entry'),
    -- Where neighbours are counted: the conversation of a message, the archive of a passage, the file of a piece.
    "thread_id" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    -- Words, repeated ones too; -1 where it was deleted.
    "length" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "role" TEXT,
    -- Stems of the name that a line of a dialogue begins with ("Ada: good morning").
    "speaker" TEXT,
    "asks" BOOLEAN NOT NULL DEFAULT false,
    -- Stem, how often it comes and its first place, of each word; parted by spaces.
    "words" TEXT NOT NULL DEFAULT ''
);
CREATE INDEX "search_document_scope" ON "search_document" ("scope_id", "entry");

-- How far the background has indexed each kind, by ledger sequence.
CREATE TABLE "search_filler" (
    "kind" TEXT PRIMARY KEY,
    "through" BIGINT NOT NULL DEFAULT 0
);
INSERT INTO "search_filler" ("kind") VALUES ('messages'), ('passages'), ('chunks');
