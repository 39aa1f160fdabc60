"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import {
  agentFileHead,
  type ImportChoice,
  type Imported,
  importForm,
  noteText,
  surprises,
} from "@/lib/client/agent/agent-file";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { modelsQuery } from "@/lib/client/api/server-queries";
import { formatBytes } from "@/lib/client/folder/files";
import { formatCount } from "@/lib/client/screen/format";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";

type ImportAgentProps = { file: File | null; onClose: () => void };

/** Makes agents of an agent file, and says what could not be had as the file wants it. */
export function ImportAgent({ file, onClose }: ImportAgentProps) {
  return (
    <Dialog
      open={file !== null}
      onOpenChange={(open) => !open && onClose()}
      title="Import an agent"
      description={file ? `${file.name} · ${formatBytes(file.size)}` : undefined}
    >
      {file && <Loaded key={`${file.name}:${file.lastModified}`} file={file} onClose={onClose} />}
    </Dialog>
  );
}

function Loaded({ file, onClose }: { file: File; onClose: () => void }) {
  const text = useQuery({
    queryKey: ["picked-file", file.name, file.size, file.lastModified],
    queryFn: () => file.text(),
    gcTime: 0,
  });
  const importing = useImport(onClose);
  if (text.isError) return <Problem error={text.error} />;
  if (text.data === undefined) return <SkeletonRows rows={4} label="Reading the file" />;
  if (importing.data) return <Notes imported={importing.data} onClose={onClose} />;
  return <ImportForm file={file} text={text.data} importing={importing} onClose={onClose} />;
}

function useImport(onClose: () => void) {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: async (choice: ImportChoice): Promise<Imported> => {
      const imported = await unwrap(api.POST("/v1/agents/import", { body: importForm(choice) }));
      return { ...imported, notes: surprises(imported.notes, choice.model) };
    },
    onSuccess: async ({ agent_ids, notes }) => {
      void client.invalidateQueries({ queryKey: queryKeys.agents() });
      void client.invalidateQueries({ queryKey: queryKeys.tools() });
      if (notes.length > 0) return;
      onClose();
      router.push(`/agents/${agent_ids[0]}`);
    },
  });
}

type FormProps = { file: File; text: string; importing: ReturnType<typeof useImport>; onClose: () => void };

function ImportForm({ file, text, importing, onClose }: FormProps) {
  const head = agentFileHead(text);
  const [name, setName] = useState(head?.name ?? "");
  const [model, setModel] = useState("");
  const [stripMessages, setStripMessages] = useState(false);
  const models = useQuery(modelsQuery());
  return (
    <form
      className="flex flex-col gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        importing.mutate({ file, name, model, stripMessages });
      }}
    >
      {head ? (
        <p className="text-muted">
          {head.agents === 1 ? "One agent" : `${head.agents} agents`}, {formatCount(head.messages)} messages.
        </p>
      ) : (
        <p>This does not look like an agent file. The server will say what is wrong with it.</p>
      )}
      <Field label={head && head.agents > 1 ? "Name of the first agent" : "Name"}>
        {(id) => (
          <Input
            id={id}
            value={name}
            placeholder="As the file says"
            maxLength={255}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="Model">
        {(id) => (
          <Select id={id} value={model} onChange={(event) => setModel(event.target.value)}>
            <option value="">As the file says{head?.model ? ` (${head.model})` : ""}</option>
            {models.data?.map((one) => (
              <option key={one.handle} value={one.handle}>
                {one.handle}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          className="accent-accent"
          checked={stripMessages}
          onChange={(event) => setStripMessages(event.target.checked)}
        />
        Leave its messages out
      </label>
      {importing.isError && <Problem error={importing.error} className="m-0" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button needs="agents.importFile" tone="primary" type="submit" disabled={importing.isPending}>
          {importing.isPending ? "Importing…" : "Import"}
        </Button>
      </div>
    </form>
  );
}

function Notes({ imported, onClose }: { imported: Imported; onClose: () => void }) {
  const router = useRouter();
  return (
    <div className="flex flex-col gap-3 p-4">
      <p role="status">Imported. Some of it is not as the file wants it:</p>
      <ul className="flex max-h-72 list-disc flex-col gap-1 overflow-auto pl-5">
        {imported.notes.map((note) => (
          <li key={`${note.kind}:${note.agent_id}:${note.wanted}`} className="break-words">
            {noteText(note)}
          </li>
        ))}
      </ul>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Stay here</Button>
        <Button
          tone="primary"
          onClick={() => {
            onClose();
            router.push(`/agents/${imported.agent_ids[0]}`);
          }}
        >
          Open the agent
        </Button>
      </div>
    </div>
  );
}
