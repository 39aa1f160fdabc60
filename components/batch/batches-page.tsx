"use client";
import { Layers, Plus } from "lucide-react";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { batchesList } from "@/lib/client/job/job-queries";
import { Empty } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { BatchRow } from "./batch-row";
import { NewBatch } from "./new-batch";

/** Many requests at once: how far each batch is, and what became of each request. */
export function BatchesPage() {
  const batches = usePaged(batchesList());
  const [creating, setCreating] = useState(false);
  return (
    <>
      <ListPage
        title="Batches"
        code={[
          operation("messages.batches.list", {
            method: "get",
            path: "/v1/messages/batches",
            query: { limit: 50 },
            named: false,
          }),
        ]}
        action={
          <Button needs="messages.batches.create" tone="primary" onClick={() => setCreating(true)}>
            <Plus /> New batch
          </Button>
        }
      >
        {batches.error && <Problem error={batches.error} onRetry={() => batches.refetch()} className="mx-0" />}
        {!batches.items && !batches.error && <SkeletonRows rows={5} label="Loading batches" />}
        {batches.items?.length === 0 && (
          <Empty
            title="No batches yet"
            action={
              <Button needs="messages.batches.create" tone="primary" onClick={() => setCreating(true)}>
                <Layers /> Send a batch
              </Button>
            }
          >
            A batch sends many messages, a few at a time, and keeps going when the server starts anew. Each becomes a
            run of its own.
          </Empty>
        )}
        <ul className="flex flex-col">
          {batches.items?.map((batch) => (
            <BatchRow key={batch.id} batch={batch} />
          ))}
        </ul>
        <ListEnd list={batches} what="batches" />
      </ListPage>
      <NewBatch open={creating} onOpenChange={setCreating} />
    </>
  );
}
