"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, ChevronDown } from "lucide-react";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { RunView } from "@/lib/client/api/wire";
import { type RunFilter, runFilterParams } from "@/lib/client/run/run-filter";
import { runViewsQuery } from "@/lib/client/run/run-queries";
import { filterOfView, viewOfFilter } from "@/lib/client/run/run-view";
import { TextField } from "../form/text-field";
import { FormDialog } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";

type RunViewsProps = { filter: RunFilter; onChoose: (filter: RunFilter) => void };

const textOf = (filter: RunFilter) => runFilterParams(filter).toString();

/** Filters that who is signed in keeps by name: chosen by a click, renamed, deleted; and the present one kept. */
export function RunViews({ filter, onChoose }: RunViewsProps) {
  const views = useQuery(runViewsQuery());
  const [naming, setNaming] = useState<RunView | "new" | null>(null);
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (view: RunView) =>
      unwrap(api.DELETE("/v1/runs/views/{view_id}", { params: { path: { view_id: view.id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.runViews() }),
  });
  const now = textOf(filter);
  const kept = views.data ?? [];
  const isKept = kept.some((view) => textOf(filterOfView(view)) === now);
  if (kept.length === 0 && now === "") return null;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: buttons of one choice, not fields of a form. */}
      <div role="group" aria-label="Views" className="mb-2 flex flex-wrap items-center gap-1">
        {kept.map((view) => {
          const isChosen = textOf(filterOfView(view)) === now;
          return (
            <span key={view.id} className="flex max-w-full items-center">
              <Button
                size="sm"
                tone={isChosen ? "primary" : "plain"}
                aria-pressed={isChosen}
                className="min-w-0 rounded-r-none"
                onClick={() => onChoose(isChosen ? {} : filterOfView(view))}
              >
                <span className="truncate">{view.name}</span>
              </Button>
              <Menu
                trigger={
                  <Button
                    size="icon-sm"
                    className="rounded-l-none border-l-0"
                    aria-label={`More for view ${view.name}`}
                  >
                    <ChevronDown />
                  </Button>
                }
              >
                <MenuItem onSelect={() => setNaming(view)}>Rename…</MenuItem>
                <MenuItem onSelect={() => remove.mutate(view)}>Delete</MenuItem>
              </Menu>
            </span>
          );
        })}
        {now !== "" && !isKept && (
          <Button size="sm" tone="ghost" onClick={() => setNaming("new")}>
            <Bookmark /> Keep as a view…
          </Button>
        )}
      </div>
      {(remove.isError || views.isError) && <Problem error={remove.error ?? views.error} className="m-0 mb-2" />}
      {naming && <NameView of={naming} filter={filter} onClose={() => setNaming(null)} />}
    </>
  );
}

function NameView({ of, filter, onClose }: { of: RunView | "new"; filter: RunFilter; onClose: () => void }) {
  const [name, setName] = useState(of === "new" ? "" : of.name);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      of === "new"
        ? unwrap(api.POST("/v1/runs/views", { body: { name, filter: viewOfFilter(filter) } }))
        : unwrap(api.PATCH("/v1/runs/views/{view_id}", { params: { path: { view_id: of.id } }, body: { name } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: queryKeys.runViews() });
      onClose();
    },
  });
  return (
    <FormDialog
      onOpenChange={(open) => !open && onClose()}
      title={of === "new" ? "Keep this view" : `Rename ${of.name}`}
      description="Views are yours: others don't see them."
      submission={{
        name: "Save",
        pendingName: "Saving…",
        isPending: save.isPending,
        error: save.error,
        canSend: name.trim() !== "",
      }}
      onSubmit={() => save.mutate()}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={80} required />
    </FormDialog>
  );
}
