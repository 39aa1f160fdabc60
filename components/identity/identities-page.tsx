"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Contact, Plus, Search, Trash2 } from "lucide-react";
import Link from "next/link";
import { useDeferredValue, useState } from "react";
import { propertyText } from "@/lib/client/agent/identity-properties";
import { identitiesList } from "@/lib/client/agent/identity-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Identity } from "@/lib/client/api/wire";
import { EraseButton } from "../erasure/erase-button";
import { Empty, Id } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Input } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { IdentityDialog } from "./identity-dialog";

/** Whom agents serve: people, organizations, anything with a key of the client's own. */
export function IdentitiesPage() {
  const [text, setText] = useState("");
  const name = useDeferredValue(text.trim());
  const identities = usePaged(identitiesList(name));
  const [edited, setEdited] = useState<Identity | "new" | null>(null);
  return (
    <>
      <ListPage
        title="Identities"
        code={[
          operation("identities.list", {
            method: "get",
            path: "/v1/identities",
            query: { limit: 50, ...(name ? { name } : {}) },
            named: false,
          }),
        ]}
        action={
          <>
            <div className="relative w-full sm:w-56">
              <Search className="absolute top-1.5 left-2 size-4 text-faint" aria-hidden />
              <Input
                aria-label="Search identities by name"
                placeholder="Search by name"
                className="pl-7"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </div>
            <Button needs="identities.create" tone="primary" onClick={() => setEdited("new")}>
              <Plus /> New identity
            </Button>
          </>
        }
      >
        {identities.error && <Problem error={identities.error} onRetry={() => identities.refetch()} className="mx-0" />}
        {!identities.items && !identities.error && <SkeletonRows rows={5} label="Loading identities" />}
        {identities.items?.length === 0 &&
          (name ? (
            <Empty title="No identity matches">Change the search.</Empty>
          ) : (
            <Empty
              title="No identities yet"
              action={
                <Button needs="identities.create" tone="primary" onClick={() => setEdited("new")}>
                  <Contact /> Add the first one
                </Button>
              }
            >
              An identity is a user of yours, under the key that your own system has for them. Agents and blocks that
              belong to it are found by that key.
            </Empty>
          ))}
        <ul className="flex flex-col">
          {identities.items?.map((identity) => (
            <Row key={identity.id} identity={identity} onEdit={() => setEdited(identity)} />
          ))}
        </ul>
        <ListEnd list={identities} what="identities" />
      </ListPage>
      {edited !== null && (
        <IdentityDialog identity={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </>
  );
}

function Row({ identity, onEdit }: { identity: Identity; onEdit: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/v1/identities/{identity_id}", { params: { path: { identity_id: identity.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: queryKeys.identities() }),
  });
  const agents = identity.agent_ids.length;
  const blocks = identity.block_ids.length;
  return (
    <li className="border-line border-b py-2">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 basis-40">
          <button type="button" className="block max-w-full truncate font-medium hover:underline" onClick={onEdit}>
            {identity.name}
          </button>
          <p className="flex flex-wrap items-center gap-2 text-muted text-sm">
            <span className="font-mono">{identity.identifier_key}</span>
            <Badge>{identity.identity_type}</Badge>
            <Id id={identity.id} />
          </p>
          {identity.properties.length > 0 && (
            <p className="truncate text-sm">
              {identity.properties.map((property) => (
                <span key={property.key} className="mr-3">
                  <span className="text-muted">{property.key}</span> {propertyText(property)}
                </span>
              ))}
            </p>
          )}
        </div>
        <p className="text-sm">
          {agents === 1 && identity.agent_ids[0] ? (
            <Link href={`/agents/${identity.agent_ids[0]}`} className="hover:underline">
              1 agent
            </Link>
          ) : (
            `${agents} agents`
          )}
          <span className="text-muted"> · {blocks === 1 ? "1 block" : `${blocks} blocks`}</span>
        </p>
        <Button
          needs="identities.delete"
          tone="ghost"
          size="icon-sm"
          aria-label={`Delete ${identity.name}`}
          disabled={remove.isPending}
          onClick={() => remove.mutate()}
        >
          <Trash2 />
        </Button>
        <EraseButton erasable={{ type: "identity", id: identity.id }} what={identity.name} />
      </div>
      {remove.isError && <Problem error={remove.error} className="mx-0" />}
    </li>
  );
}
