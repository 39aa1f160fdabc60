"use client";
import { ApiError } from "@/lib/client/api/api-error";
import type { Tool } from "@/lib/client/api/wire";
import type { SourceLanguage } from "@/lib/client/tool/tools";
import type { ToolDraftState } from "@/lib/client/tool/use-tool-draft";
import { useUpdateTool } from "@/lib/client/tool/use-update-tool";
import { SectionHead } from "../shell/bits";
import { FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { ToolFields } from "./tool-fields";

type ToolSettingsProps = {
  tool: Tool;
  state: ToolDraftState;
  /** Of a tool whose code runs here; null for one that runs elsewhere. */
  language: Exclude<SourceLanguage, "json"> | null;
  /** What the last trial said. */
  said?: string;
};

/** How a tool is described and run. Only what a person changed is sent. */
export function ToolSettings({ tool, state, language, said = "" }: ToolSettingsProps) {
  const update = useUpdateTool(tool.id);
  const refusal = update.error instanceof ApiError ? update.error.detail : "";
  const { changes, isDirty, isValid, discard } = state;
  return (
    <section aria-label="Settings">
      <SectionHead title="Settings" />
      <FormFrame className="px-3" onSubmit={() => isValid && update.mutate(changes, { onSuccess: discard })}>
        <ToolFields state={state} language={language} said={`${said}\n${refusal}`} />
        {isDirty && (
          <div className="sticky bottom-0 flex justify-end gap-2 border-line border-t bg-background py-2">
            <Button
              onClick={() => {
                update.reset();
                discard();
              }}
            >
              Discard
            </Button>
            <Button needs="tools.update" type="submit" tone="primary" disabled={update.isPending || !isValid}>
              {update.isPending ? "Saving…" : "Save settings"}
            </Button>
          </div>
        )}
        {update.isError && <Problem error={update.error} className="m-0" />}
      </FormFrame>
    </section>
  );
}
