import type { Endpoint } from "./endpoint";

/** `folders` in a text, by its old name. */
export type AsSource<Text extends string> = Text extends `${infer Before}folders${infer After}`
  ? `${Before}sources${After}`
  : Text;

export const asSource = <Text extends string>(text: Text) => text.replace("folders", "sources") as AsSource<Text>;

type Twin<Row extends Endpoint> = Omit<Row, "id" | "path" | "deprecated"> & {
  id: AsSource<Row["id"]>;
  path: AsSource<Row["path"]>;
  deprecated: true;
};

/** The rows of a table of folders as the contract once had them, when folders were called sources: each does the same. */
export function twinsOf<const Table extends readonly Endpoint[]>(table: Table) {
  const twins = table.map((row) => ({ ...row, id: asSource(row.id), path: asSource(row.path), deprecated: true }));
  // `map` forgets which row stands where.
  return twins as unknown as { readonly [Index in keyof Table]: Twin<Table[Index]> };
}
