"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { McpServerType } from "@/lib/api/mcp";
import { api, unwrap } from "@/lib/client/api";
import { EMPTY_SERVER, type McpDraft, SERVER_TYPES, toNewServer, toTest } from "@/lib/client/mcp";
import { queryKeys } from "@/lib/client/query-keys";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select, Textarea } from "../ui/input";

/** A server to be added; it can be tried before. One that can't be reached yet may be added all the same. */
export function AddServer({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const form = useId();
  const [draft, setDraft] = useState(EMPTY_SERVER);
  const test = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/tools/mcp/servers/test", { body: toTest(draft) })),
  });
  const add = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/mcp-servers", { body: toNewServer(draft) })),
    onSuccess: async () => {
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.mcpServers() }),
        client.invalidateQueries({ queryKey: queryKeys.tools(), exact: true }),
      ]);
    },
  });
  const change = (part: Partial<McpDraft>) => {
    test.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const hasPlace = draft.type === "stdio" ? draft.command.trim() !== "" : draft.url.trim() !== "";
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add an MCP server"
      description="Its tools come into the catalogue. Tokens and variables are kept encrypted."
      footer={
        <>
          <Button className="mr-auto" disabled={!hasPlace || test.isPending} onClick={() => test.mutate()}>
            {test.isPending ? "Asking it…" : "Test"}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button form={form} type="submit" tone="primary" disabled={add.isPending}>
            {add.isPending ? "Adding…" : "Add the server"}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Name">
            {(id) => (
              <Input id={id} required value={draft.name} onChange={(event) => change({ name: event.target.value })} />
            )}
          </Field>
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
        {draft.type === "stdio" ? (
          <ProgramFields draft={draft} onChange={change} />
        ) : (
          <AddressFields draft={draft} onChange={change} />
        )}
      </form>
      {test.data && (
        <p role="status" className="px-4 pb-4 text-files">
          It answers, with {test.data.tools.length === 1 ? "one tool" : `${test.data.tools.length} tools`}:{" "}
          <span className="font-mono text-sm">{test.data.tools.map((tool) => tool.name).join(", ")}</span>
        </p>
      )}
      {test.isError && <Problem error={test.error} />}
      {add.isError && <Problem error={add.error} />}
    </Dialog>
  );
}

type FieldsProps = { draft: McpDraft; onChange: (part: Partial<McpDraft>) => void };

function AddressFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <Field label="Address">
        {(id) => (
          <Input
            id={id}
            required
            type="url"
            placeholder="https://mcp.example.com/mcp"
            value={draft.url}
            onChange={(event) => onChange({ url: event.target.value })}
          />
        )}
      </Field>
      <Field label="Token, if it wants one" hint="for OAuth leave it empty and connect">
        {(id) => (
          <Input
            id={id}
            type="password"
            autoComplete="new-password"
            value={draft.token}
            onChange={(event) => onChange({ token: event.target.value })}
          />
        )}
      </Field>
      <Field label="More headers" hint="Name: value, one in a line">
        {(id) => (
          <Textarea
            id={id}
            className="font-mono text-sm"
            value={draft.headers}
            onChange={(event) => onChange({ headers: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function ProgramFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <p className="text-muted">
        Such a program runs with the rights of the Memoir server. The operator has to allow it.
      </p>
      <Field label="Program">
        {(id) => (
          <Input
            id={id}
            required
            placeholder="npx"
            className="font-mono"
            value={draft.command}
            onChange={(event) => onChange({ command: event.target.value })}
          />
        )}
      </Field>
      <Field label="Arguments" hint="one in a line">
        {(id) => (
          <Textarea
            id={id}
            className="font-mono text-sm"
            placeholder={"-y\n@modelcontextprotocol/server-everything"}
            value={draft.args}
            onChange={(event) => onChange({ args: event.target.value })}
          />
        )}
      </Field>
      <Field label="Environment" hint="NAME=value, one in a line">
        {(id) => (
          <Textarea
            id={id}
            className="font-mono text-sm"
            value={draft.env}
            onChange={(event) => onChange({ env: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
