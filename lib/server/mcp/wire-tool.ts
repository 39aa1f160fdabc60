import type { WireMcpTool } from "@/lib/api/mcp";
import { storableJson } from "../db/json";
import type { RemoteTool } from "./tool-schema";

/** A tool as its server describes it, with what this server makes of its schema. */
export function toWireMcpTool({ described, health }: RemoteTool): WireMcpTool {
  const sent: Record<string, unknown> = JSON.parse(storableJson(described));
  return {
    ...sent,
    name: String(sent.name),
    title: textOf(sent.title),
    description: textOf(sent.description),
    inputSchema: objectOf(sent.inputSchema) ?? {},
    outputSchema: objectOf(sent.outputSchema),
    annotations: objectOf(sent.annotations),
    _meta: objectOf(sent._meta),
    health,
  };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : null);
const objectOf = (value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
