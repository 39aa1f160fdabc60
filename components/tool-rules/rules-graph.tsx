"use client";
import {
  Background,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useTheme } from "next-themes";
import { useMemo } from "react";
import { END, graphOf, type Rule, type RuleEdge, type RuleNode, START } from "@/lib/client/tool/tool-rules";
import { Badge } from "../ui/badge";
import { cn } from "../ui/cn";

type RulesGraphProps = {
  tools: readonly string[];
  rules: readonly Rule[];
  onJoin: (from: string, to: string) => void;
  onCut: (edges: readonly RuleEdge[]) => void;
};

type ShownNode = Node<{ node: RuleNode }, "rule">;
type ShownEdge = Edge<{ edge: RuleEdge }>;

const COLUMN_PX = 272;
/** The start is narrower than a tool. */
const START_PX = COLUMN_PX - 128;
const ROW_PX = 64;
const NODE_TYPES = { rule: RuleNodeView };

/** The rules as a graph. Dragging from a tool to another makes a rule; deleting an edge takes it away. */
export default function RulesGraph({ tools, rules, onJoin, onCut }: RulesGraphProps) {
  const { resolvedTheme } = useTheme();
  const graph = useMemo(() => graphOf(tools, rules), [tools, rules]);
  const nodes = useMemo<ShownNode[]>(
    () =>
      graph.nodes.map((node) => ({
        id: node.id,
        type: "rule",
        position: { x: node.id === START ? START_PX : node.x * COLUMN_PX, y: node.y * ROW_PX },
        data: { node },
        deletable: false,
        ariaLabel: [node.name, ...node.badges].join(", "),
      })),
    [graph],
  );
  const edges = useMemo<ShownEdge[]>(
    () =>
      graph.edges.map((edge) => ({
        id: edge.id,
        source: edge.from,
        target: edge.to,
        data: { edge },
        ...(edge.label === null ? {} : { label: edge.label }),
        markerEnd: { type: MarkerType.ArrowClosed, color: "var(--tools)" },
        style: { stroke: "var(--tools)", ...(edge.dashed ? { strokeDasharray: "5 4" } : {}) },
        labelStyle: { fill: "var(--foreground)", fontSize: 11 },
        labelBgStyle: { fill: "var(--background)" },
      })),
    [graph],
  );
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onConnect={({ source, target }) => onJoin(source, target)}
      onEdgesDelete={(gone) => onCut(gone.flatMap((edge) => edge.data?.edge ?? []))}
      colorMode={resolvedTheme === "dark" ? "dark" : "light"}
      nodesDraggable={false}
      deleteKeyCode={["Backspace", "Delete"]}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.04 }}
      minZoom={0.2}
      aria-label="Graph of the tool rules"
    >
      <Background gap={16} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

function RuleNodeView({ data: { node } }: NodeProps<ShownNode>) {
  const isEdgeOfTurn = node.id === START || node.id === END;
  return (
    <div
      className={cn(
        "flex min-h-9 w-48 flex-col justify-center gap-0.5 rounded-md border bg-raised px-2 py-1 text-sm",
        isEdgeOfTurn ? "w-20 items-center border-line-strong text-muted" : "border-tools/50",
        !node.isKnown && "border-error border-dashed",
      )}
      title={node.isKnown ? node.name : `${node.name} is not attached: rules for it have no effect`}
    >
      {node.id !== START && <Handle type="target" position={Position.Left} />}
      <span className={cn("truncate", !isEdgeOfTurn && "font-mono")}>{node.name}</span>
      {(node.badges.length > 0 || !node.isKnown) && (
        <span className="flex flex-wrap gap-1">
          {node.badges.map((badge) => (
            <Badge key={badge} tone="tools">
              {badge}
            </Badge>
          ))}
          {!node.isKnown && <Badge tone="error">not attached</Badge>}
        </span>
      )}
      {node.id !== END && <Handle type="source" position={Position.Right} />}
    </div>
  );
}
