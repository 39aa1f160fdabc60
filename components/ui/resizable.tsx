"use client";
import type { ReactNode } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";

type Pane = { id: string; size: string; minSize: string; content: ReactNode };

/** Panes side by side whose widths a person may change (mouse or arrow keys); they are remembered under `id`. */
export function ResizablePanes({ id, panes }: { id: string; panes: readonly Pane[] }) {
  const layout = useDefaultLayout({ id, panelIds: panes.map((pane) => pane.id), onlySaveAfterUserInteractions: true });
  return (
    <Group
      id={id}
      orientation="horizontal"
      className="min-h-0 flex-1"
      defaultLayout={layout.defaultLayout}
      onLayoutChanged={layout.onLayoutChanged}
    >
      {panes.flatMap((pane, index) => [
        ...(index > 0
          ? [
              <Separator
                key={`${pane.id}-edge`}
                aria-label={`Resize ${panes[index - 1]!.id} pane`}
                className="w-px bg-line transition-colors hover:bg-line-strong data-[separator=active]:bg-ring"
              />,
            ]
          : []),
        <Panel key={pane.id} id={pane.id} defaultSize={pane.size} minSize={pane.minSize} className="min-w-0">
          {pane.content}
        </Panel>,
      ])}
    </Group>
  );
}
