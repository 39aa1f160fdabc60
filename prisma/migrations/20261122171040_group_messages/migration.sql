-- What was said in a group, in order; most messages are said in none.
CREATE INDEX "message_of_group" ON "message" ("group_id", "ledger_seq") WHERE "group_id" IS NOT NULL;
