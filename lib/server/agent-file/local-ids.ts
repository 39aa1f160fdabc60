/** Ids of a file: `agent-0`, `agent-1`, … in the order in which they are asked for; the same record has the same one. */
export type LocalIds = {
  of(kind: string, id: string): string;
  /** That of a record which has one already, or null. */
  find(kind: string, id: string | null): string | null;
};

export function createLocalIds(): LocalIds {
  const known = new Map<string, Map<string, string>>();
  const idsOf = (kind: string) => {
    const ids = known.get(kind) ?? new Map<string, string>();
    known.set(kind, ids);
    return ids;
  };
  return {
    of(kind, id) {
      const ids = idsOf(kind);
      const local = ids.get(id) ?? `${kind}-${ids.size}`;
      ids.set(id, local);
      return local;
    },
    find: (kind, id) => (id === null ? null : (known.get(kind)?.get(id) ?? null)),
  };
}
