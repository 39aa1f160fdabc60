"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api";
import { operation } from "@/lib/client/code";
import { toolsQuery } from "@/lib/client/queries";
import { queryKeys } from "@/lib/client/query-keys";
import { trySource } from "@/lib/client/test-run";
import { LANGUAGE_NAMES, readLanguage, type SourceLanguage, TEMPLATES } from "@/lib/client/tools";
import { useSource } from "@/lib/client/use-source";
import { AppHeader } from "../shell/app-header";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Select } from "../ui/input";
import { SourcePart } from "./source-part";
import { TryTool } from "./try-tool";

const LANGUAGES = Object.keys(LANGUAGE_NAMES) as SourceLanguage[];

/** A tool that is being written: it can be tried before it is kept. The URL says the language. */
export function NewToolPage() {
  const router = useRouter();
  const language = readLanguage(useSearchParams().get("language"));
  const [written, setWritten] = useState<Partial<Record<SourceLanguage, string>>>({});
  const code = written[language] ?? TEMPLATES[language];
  const draft = useSource(language, code);
  const name = typeof draft.schema?.name === "string" ? draft.schema.name : null;
  const create = useCreate(language, code);
  const same = useQuery(toolsQuery()).data?.find((tool) => tool.name === name);
  return (
    <>
      <AppHeader
        code={[
          operation("tools.create", {
            method: "post",
            path: "/v1/tools",
            body: { source_code: code, source_type: language },
          }),
        ]}
      />
      <main className="min-h-0 flex-1 overflow-auto">
        <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
          <div className="flex flex-wrap items-end gap-2">
            <div className="mr-auto">
              <p className="text-muted text-sm">
                <Link href="/tools" className="hover:underline">
                  Tools
                </Link>{" "}
                /
              </p>
              <h1 className="font-semibold text-xl">New tool</h1>
            </div>
            <Select
              aria-label="Language"
              className="w-auto"
              value={language}
              onChange={(event) => router.replace(`/tools/new?language=${event.target.value}`)}
            >
              {LANGUAGES.map((one) => (
                <option key={one} value={one}>
                  {LANGUAGE_NAMES[one]}
                </option>
              ))}
            </Select>
            <Button
              tone="primary"
              disabled={draft.schema === null || draft.isReading || create.isPending || same !== undefined}
              onClick={() => create.mutate()}
            >
              {create.isPending ? "Making…" : "Make the tool"}
            </Button>
          </div>
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
          <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_360px]">
            <div className="flex min-w-0 flex-col gap-4">
              <SourcePart
                key={language}
                draft={draft}
                language={language}
                onChange={(text) => setWritten((before) => ({ ...before, [language]: text }))}
                actions={null}
              />
            </div>
            <div className="min-w-0">
              {language === "json" ? (
                <p className="text-muted">
                  The program that talks to the agent runs this tool: it gets the call as an approval request and sends
                  the return.
                </p>
              ) : (
                <TryTool
                  schema={draft.schema}
                  run={(trial) => trySource({ code, language, tool: null }, trial)}
                  needsAgent={false}
                  takesAgent
                  note="What is in the editor runs, in the sandbox. Nothing is kept."
                />
              )}
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

function useCreate(language: SourceLanguage, code: string) {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/v1/tools", { body: { source_code: code, source_type: language } })),
    onSuccess: async (tool) => {
      client.setQueryData(queryKeys.tool(tool.id), tool);
      await client.invalidateQueries({ queryKey: queryKeys.tools(), exact: true });
      router.replace(`/tools/${tool.id}`);
    },
  });
}
