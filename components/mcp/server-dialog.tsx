"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { McpServerType } from "@/lib/api/mcp-config";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { healthQuery } from "@/lib/client/api/server-queries";
import {
  hasPlace,
  type McpDraft,
  problemsOfServer,
  SERVER_TYPES,
  serverDraftOf,
  toChange,
  toNewServer,
  toTest,
} from "@/lib/client/mcp/mcp";
import type { McpServer } from "@/lib/client/tool/tool-queries";
import { Field } from "../form/field";
import { TextField } from "../form/text-field";
import { FormDialog } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Select } from "../ui/input";
import { AddressFields, ProgramFields } from "./server-fields";
import { TestResult } from "./test-result";

type ServerDialogProps = {
  /** The server to change; null adds one. */
  server: McpServer | null;
  onClose: () => void;
};

/** A server as it is to be; it can be tried before. One that can't be reached yet may be kept all the same. */
export function ServerDialog({ server, onClose }: ServerDialogProps) {
  const [draft, setDraft] = useState(() => serverDraftOf(server));
  const allowsPrograms = useQuery(healthQuery()).data?.mcp_stdio ?? true;
  const test = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/mcp-servers/test", { body: toTest(draft, server) })),
  });
  const save = useSave(server, onClose);
  const change = (part: Partial<McpDraft>) => {
    test.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const isStdio = draft.type === "stdio";
  const canUse = hasPlace(draft) && (!isStdio || allowsPrograms);
  const problems = problemsOfServer(save.error ?? test.error);
  const isTold = Object.keys(problems).length > 0;
  return (
    <FormDialog
      onOpenChange={(open) => !open && onClose()}
      title={server ? `Change ${server.server_name}` : "Add an MCP server"}
      description={
        server
          ? "Its tools follow when it is saved. A secret that is shown as dots or stars stays as it was."
          : "Its tools come into the catalogue. Tokens and variables are kept encrypted."
      }
      submission={{
        name: server ? "Save" : "Add the server",
        pendingName: server ? "Saving…" : "Adding…",
        isPending: save.isPending,
        error: isTold ? null : save.error,
        canSend: !isStdio || allowsPrograms,
      }}
      onSubmit={() => save.mutate(draft)}
      actions={
        <>
          <Button
            needs="mcpServers.test"
            className="mr-auto"
            disabled={!canUse || test.isPending}
            onClick={() => test.mutate()}
          >
            {test.isPending ? "Asking it…" : "Test"}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </>
      }
      note={
        <>
          {test.data && <TestResult result={test.data} />}
          {test.isError && !isTold && <Problem error={test.error} />}
        </>
      }
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label="Name"
          required
          value={draft.name}
          problem={problems.name}
          onChange={(name) => change({ name })}
        />
        <Field label="How it is reached">
          {(id) => (
            <Select
              id={id}
              value={draft.type}
              onChange={(event) => change({ type: event.target.value as McpServerType })}
            >
              {Object.entries(SERVER_TYPES).map(([type, name]) => (
                <option key={type} value={type}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {isStdio ? (
        <ProgramFields draft={draft} problems={problems} isAllowed={allowsPrograms} onChange={change} />
      ) : (
        <AddressFields draft={draft} problems={problems} onChange={change} />
      )}
    </FormDialog>
  );
}

function useSave(server: McpServer | null, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: McpDraft) =>
      server
        ? unwrap(
            api.PATCH("/v1/mcp-servers/{mcp_server_id}", {
              params: { path: { mcp_server_id: server.id } },
              body: toChange(draft),
            }),
          )
        : unwrap(api.POST("/v1/mcp-servers", { body: toNewServer(draft) })),
    onSuccess: async () => {
      onDone();
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.mcpServers() }),
        client.invalidateQueries({ queryKey: queryKeys.toolLists() }),
      ]);
    },
  });
}
