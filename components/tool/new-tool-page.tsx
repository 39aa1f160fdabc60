"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { ApiError } from "@/lib/client/api/api-error";
import { operation } from "@/lib/client/api/code";
import { queryKeys } from "@/lib/client/api/query-keys";
import { useAddressParam } from "@/lib/client/screen/use-address";
import { type Trial, trySource } from "@/lib/client/tool/test-run";
import { newToolBody } from "@/lib/client/tool/tool-draft";
import { toolNamedQuery } from "@/lib/client/tool/tool-queries";
import { LANGUAGE_NAMES, readLanguage, type SourceLanguage, TEMPLATES } from "@/lib/client/tool/tools";
import { useSource } from "@/lib/client/tool/use-source";
import { useToolDraft } from "@/lib/client/tool/use-tool-draft";
import { AppHeader } from "../shell/app-header";
import { SectionHead } from "../shell/bits";
import { DetailColumns, DetailHead, PageBody } from "../shell/detail-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Select } from "../ui/input";
import { TOOLS } from "./place";
import { SourcePart } from "./source-part";
import { ToolFields } from "./tool-fields";
import { ClientSide, TryTool } from "./try-tool";

const LANGUAGES = Object.keys(LANGUAGE_NAMES) as SourceLanguage[];

/** A tool that is being written: it can be tried before it is kept. The URL says the language. */
export function NewToolPage() {
  const [asked, ask] = useAddressParam("language");
  const language = readLanguage(asked);
  const [written, setWritten] = useState<Partial<Record<SourceLanguage, string>>>({});
  const [said, setSaid] = useState("");
  const code = written[language] ?? TEMPLATES[language];
  const draft = useSource(language, code);
  const settings = useToolDraft(null);
  const name = typeof draft.schema?.name === "string" ? draft.schema.name : null;
  const same = useQuery({ ...toolNamedQuery(name ?? ""), enabled: name !== null }).data;
  const create = useCreate();
  const refusal = create.error instanceof ApiError ? create.error.detail : "";
  const run = async (of: Exclude<SourceLanguage, "json">, trial: Trial) => {
    const done = await trySource({ code, language: of, settings: settings.body }, trial);
    setSaid(done.status === "error" ? done.output : "");
    return done;
  };
  const body = newToolBody(code, language, settings.body);
  return (
    <>
      <AppHeader code={[operation("tools.create", { method: "post", path: "/v1/tools", body })]} />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <PageBody>
          <DetailHead list={TOOLS} title="New tool" align="end">
            <Select
              aria-label="Language"
              className="w-auto"
              value={language}
              onChange={(event) => ask(event.target.value)}
            >
              {LANGUAGES.map((one) => (
                <option key={one} value={one}>
                  {LANGUAGE_NAMES[one]}
                </option>
              ))}
            </Select>
            <Button
              needs="tools.create"
              tone="primary"
              disabled={draft.schema === null || draft.isReading || create.isPending || !!same || !settings.isValid}
              onClick={() => create.mutate(body)}
            >
              {create.isPending ? "Making…" : "Make the tool"}
            </Button>
          </DetailHead>
          {same && (
            <p role="status">
              There is a tool named <span className="font-mono">{same.name}</span> already: give the function another
              name, or{" "}
              <Link href={`/tools/${same.id}`} className="underline">
                change that one
              </Link>
              .
            </p>
          )}
          {create.isError && <Problem error={create.error} className="m-0" />}
          <DetailColumns
            aside={
              language === "json" ? (
                <ClientSide />
              ) : (
                <TryTool
                  schema={draft.schema}
                  run={(trial) => run(language, trial)}
                  needsAgent={false}
                  takesAgent
                  note="What is in the editor runs, in the sandbox."
                />
              )
            }
          >
            <SourcePart
              key={language}
              draft={draft}
              language={language}
              onChange={(text) => setWritten((before) => ({ ...before, [language]: text }))}
              actions={null}
            />
            <section aria-label="Settings">
              <SectionHead title="Settings" />
              <div className="flex flex-col gap-3 px-3">
                <ToolFields
                  state={settings}
                  language={language === "json" ? null : language}
                  isNew
                  said={`${said}\n${refusal}`}
                />
              </div>
            </section>
          </DetailColumns>
        </PageBody>
      </main>
    </>
  );
}

function useCreate() {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (body: ReturnType<typeof newToolBody>) => unwrap(api.POST("/v1/tools", { body })),
    onSuccess: async (tool) => {
      client.setQueryData(queryKeys.tool(tool.id), tool);
      await client.invalidateQueries({ queryKey: queryKeys.toolLists() });
      router.replace(`/tools/${tool.id}`);
    },
  });
}
