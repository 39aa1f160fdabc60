"use client";
import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { operation } from "@/lib/client/api/code";
import { useAddressParam } from "@/lib/client/screen/use-address";
import { LANGUAGE_NAMES, type SourceLanguage } from "@/lib/client/tool/tools";
import { McpManager } from "../mcp/mcp-manager";
import { ListPage } from "../shell/list-page";
import { Button } from "../ui/button";
import { Menu, MenuItem, MenuLabel } from "../ui/menu";
import { Tabs } from "../ui/tabs";
import { ToolCatalogue } from "./tool-catalogue";

type View = "catalogue" | "mcp";

/** The tools of the organization, and the MCP servers that some of them come from. */
export function ToolsPage() {
  const [asked, ask] = useAddressParam("view");
  const view: View = asked === "mcp" ? "mcp" : "catalogue";
  return (
    <ListPage
      title="Tools"
      fixed
      code={
        view === "mcp"
          ? [operation("mcpServers.list", { method: "get", path: "/v1/mcp-servers" })]
          : [operation("tools.list", { method: "get", path: "/v1/tools", query: { limit: 50 } })]
      }
      action={<NewTool />}
    >
      <div className="-mx-4 min-h-0 flex-1">
        <Tabs<View>
          label="Tools"
          value={view}
          onChange={(next) => ask(next === "mcp" ? "mcp" : null)}
          tabs={[
            { value: "catalogue", label: "Catalogue", content: <ToolCatalogue /> },
            { value: "mcp", label: "MCP servers", content: <McpManager /> },
          ]}
        />
      </div>
    </ListPage>
  );
}

const NEW: readonly SourceLanguage[] = ["python", "typescript", "json"];

function NewTool() {
  const router = useRouter();
  return (
    <Menu
      align="end"
      trigger={
        <Button needs="tools.create" tone="primary">
          <Plus /> New tool
        </Button>
      }
    >
      <MenuLabel>Start from a template</MenuLabel>
      {NEW.map((language) => (
        <MenuItem key={language} onSelect={() => router.push(`/tools/new?language=${language}`)}>
          {LANGUAGE_NAMES[language]}
        </MenuItem>
      ))}
    </Menu>
  );
}
