"use client";
import { type ReactNode, useEffect, useState } from "react";
import type { Tool } from "@/lib/client/api/wire";
import { type Trial, trySource } from "@/lib/client/tool/test-run";
import { languageOfTool, sourceOf } from "@/lib/client/tool/tools";
import { useSource } from "@/lib/client/tool/use-source";
import { useToolDraft } from "@/lib/client/tool/use-tool-draft";
import { useUpdateTool } from "@/lib/client/tool/use-update-tool";
import { DetailColumns } from "../shell/detail-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SourcePart } from "./source-part";
import { ToolSettings } from "./tool-settings";
import { ClientSide, TryTool } from "./try-tool";

/** A tool that a person wrote: its source, tried as it stands in the editor and kept when it is saved. */
export function CustomTool({ tool, side }: { tool: Tool; side: ReactNode }) {
  const language = languageOfTool(tool);
  const saved = sourceOf(tool);
  const [written, setWritten] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const code = written ?? saved;
  const isDirty = code !== saved;
  const draft = useSource(language, code);
  const settings = useToolDraft(tool);
  const update = useUpdateTool(tool.id);
  useLeaveWarning(isDirty || settings.isDirty);

  const save = () => {
    const name = draft.schema?.name;
    // A schema that was given stays; only another name has to come with the schema that says it.
    const schema = language === "json" || name !== tool.name ? { json_schema: draft.schema } : {};
    update.mutate({ source_code: code, ...schema }, { onSuccess: () => setWritten(null) });
  };
  const run = async (of: Exclude<typeof language, "json">, trial: Trial) => {
    const done = await trySource({ code, language: of, settings: settings.body }, trial);
    setSaid(done.status === "error" ? done.output : "");
    return done;
  };
  return (
    <DetailColumns
      aside={
        <>
          {language === "json" ? (
            <ClientSide />
          ) : (
            <TryTool
              schema={draft.schema}
              run={(trial) => run(language, trial)}
              needsAgent={false}
              takesAgent
              note="What is in the editor runs, saved or not. The tool's own secrets are not given to it here."
            />
          )}
          {side}
        </>
      }
    >
      <SourcePart
        draft={draft}
        language={language}
        onChange={setWritten}
        actions={
          <>
            {isDirty && (
              <Button size="sm" onClick={() => setWritten(null)}>
                Discard
              </Button>
            )}
            <Button
              needs="tools.update"
              size="sm"
              tone="primary"
              disabled={!isDirty || draft.schema === null || draft.isReading || update.isPending}
              onClick={save}
            >
              {update.isPending ? "Saving…" : isDirty ? "Save" : "Saved"}
            </Button>
          </>
        }
      />
      {update.isError && <Problem error={update.error} className="m-0" />}
      <ToolSettings tool={tool} state={settings} language={language === "json" ? null : language} said={said} />
    </DetailColumns>
  );
}

/** The browser asks before it leaves what was not saved. */
function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isDirty]);
}
