"use client";
import type { McpDraft } from "@/lib/client/mcp/mcp";
import { AreaField, TextField } from "../form/text-field";

type FieldsProps = {
  draft: McpDraft;
  problems: Partial<Record<keyof McpDraft, string>>;
  onChange: (part: Partial<McpDraft>) => void;
};

/** A server that has an address. */
export function AddressFields({ draft, problems, onChange }: FieldsProps) {
  return (
    <>
      <TextField
        label="Address"
        required
        type="url"
        placeholder="https://mcp.example.com/mcp"
        value={draft.url}
        problem={problems.url}
        onChange={(url) => onChange({ url })}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label="Token, if it wants one"
          hint="OAuth needs none"
          type="password"
          autoComplete="new-password"
          value={draft.token}
          problem={problems.token}
          onFocus={(event) => event.target.select()}
          onChange={(token) => onChange({ token })}
        />
        <TextField
          label="Header of the token"
          placeholder="Authorization"
          className="font-mono text-sm"
          value={draft.authHeader}
          problem={problems.authHeader}
          onChange={(authHeader) => onChange({ authHeader })}
        />
      </div>
      <AreaField
        label="More headers"
        hint="Name: value, one in a line"
        className="font-mono text-sm"
        value={draft.headers}
        problem={problems.headers}
        onChange={(headers) => onChange({ headers })}
      />
      <p className="text-muted text-sm">
        {"{{ NAME }}"} in a token or a header is filled from the secrets of the agent that calls.
      </p>
    </>
  );
}

/** A server that is a program on the machine of this one. */
export function ProgramFields({ draft, problems, isAllowed, onChange }: FieldsProps & { isAllowed: boolean }) {
  return (
    <>
      {isAllowed ? (
        <p className="text-muted">Such a program runs with the rights of the Memoir server.</p>
      ) : (
        <p role="status" className="rounded-md border border-tools/40 p-3">
          Programs are off on this server, because they run with its rights. The operator allows them by starting it
          with <code className="font-mono text-sm">MEMOIR_MCP_STDIO=on</code>.
        </p>
      )}
      <TextField
        label="Program"
        required
        placeholder="npx"
        className="font-mono"
        value={draft.command}
        problem={problems.command}
        onChange={(command) => onChange({ command })}
      />
      <AreaField
        label="Arguments"
        hint="one in a line"
        className="font-mono text-sm"
        placeholder={"-y\n@modelcontextprotocol/server-everything"}
        value={draft.args}
        problem={problems.args}
        onChange={(args) => onChange({ args })}
      />
      <AreaField
        label="Environment"
        hint="NAME=value, one in a line"
        className="font-mono text-sm"
        value={draft.env}
        problem={problems.env}
        onChange={(env) => onChange({ env })}
      />
    </>
  );
}
