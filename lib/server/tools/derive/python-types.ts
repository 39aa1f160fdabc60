import type { SyntaxNode } from "@lezer/common";
import { cleandoc } from "./docstring";
import {
  childrenOf,
  docstringOf,
  nameOf,
  type PythonSource,
  parsePython,
  stringValue,
  topLevelClasses,
} from "./python-source";
import {
  type Budget,
  createBudget,
  DeriveError,
  described,
  enumSchema,
  type JsonSchema,
  MAX_TYPE_DEPTH,
  objectSchema,
  type TypeSchema,
  unionSchema,
} from "./schema";

/** What names of a file stand for: its classes, and what is assigned to a name at its top. */
export type PythonNames = { source: PythonSource; classes: Map<string, SyntaxNode>; aliases: Map<string, SyntaxNode> };

/** An annotation, or a part of one; `in` is the text that it is a part of. */
type Place = { in: PythonSource; names: PythonNames; depth: number; budget: Budget };

const SIMPLE: Record<string, JsonSchema> = {
  str: { type: "string" },
  int: { type: "integer" },
  float: { type: "number" },
  bool: { type: "boolean" },
};
const LISTS = new Set(["list", "List", "Sequence", "Iterable"]);
const DICTS = new Set(["dict", "Dict", "Mapping"]);
const WRAPPERS = new Set(["Required", "NotRequired", "Final"]);
const OBJECT_BASES = new Set(["BaseModel", "TypedDict"]);

export function pythonNames(source: PythonSource): PythonNames {
  const classes = new Map(topLevelClasses(source).map((node) => [nameOf(source, node), node]));
  const aliases = new Map<string, SyntaxNode>();
  for (const statement of childrenOf(source.tree.topNode)) {
    if (statement.name !== "AssignStatement" && statement.name !== "TypeDefinition") continue;
    const name = statement.getChild("VariableName");
    if (name && statement.lastChild && statement.lastChild.from > name.from)
      aliases.set(source.text(name), statement.lastChild);
  }
  return { source, classes, aliases };
}

/** The schema of an annotation. @throws DeriveError for what has none in JSON, with its line. */
export function annotationSchema(names: PythonNames, annotation: SyntaxNode): TypeSchema {
  return typeSchema({ in: names.source, names, depth: 0, budget: createBudget() }, annotation);
}

function typeSchema(at: Place, node: SyntaxNode): TypeSchema {
  const deeper = { ...at, depth: at.depth + 1 };
  if (at.depth > MAX_TYPE_DEPTH) throw unsupported(at, node, "is nested too deeply, or contains itself");
  if (!at.budget.spend()) throw unsupported(at, node, "is too large");
  switch (node.name) {
    case "None":
      return { schema: { type: "null" }, optional: true };
    case "ParenthesizedExpression":
      return typeSchema(deeper, childrenOf(node)[1] ?? node);
    case "String":
    case "ContinuedString":
      return quotedSchema(deeper, node);
    case "BinaryExpression":
      return union(deeper, node, membersOf(at, node));
    case "VariableName":
      return namedSchema(deeper, node, at.in.text(node));
    case "MemberExpression": {
      const generic = genericOf(at, node);
      if (!generic) return namedSchema(deeper, node, lastName(at, node));
      return genericSchema(deeper, node, generic.name, generic.args);
    }
  }
  throw unsupported(at, node);
}

function unsupported(at: Place, node: SyntaxNode, why = "is not supported"): DeriveError {
  return new DeriveError(`Type annotation '${at.in.text(node)}' ${why}`, at.in.line(node));
}

/** The members of `A | B | …`. */
function membersOf(at: Place, node: SyntaxNode): SyntaxNode[] {
  if (node.name !== "BinaryExpression") return [node];
  const [left, operator, right] = childrenOf(node);
  if (!left || !right || operator?.name !== "BitOp" || at.in.text(operator) !== "|") throw unsupported(at, node);
  return [...membersOf(at, left), ...membersOf(at, right)];
}

function union(at: Place, node: SyntaxNode, members: SyntaxNode[]): TypeSchema {
  const types = members.map((member) => ({ member, ...typeSchema(at, member) }));
  const values = types.filter(({ member }) => member.name !== "None");
  if (values.length === 0) throw unsupported(at, node);
  return {
    schema: unionSchema(values.map(({ schema }) => schema)),
    optional: types.some(({ optional }) => optional),
  };
}

/** An annotation in quotes is one that is read later. */
function quotedSchema(at: Place, node: SyntaxNode): TypeSchema {
  const text = stringValue(at.in, node);
  const source = parsePython((text ?? "").trim(), at.in.line(node));
  const statement = source.tree.topNode.firstChild;
  const inner = statement?.name === "ExpressionStatement" ? statement.firstChild : null;
  if (!inner || inner.nextSibling) throw unsupported(at, node);
  return typeSchema({ ...at, in: source }, inner);
}

function namedSchema(at: Place, node: SyntaxNode, name: string): TypeSchema {
  const required = (schema: JsonSchema) => ({ schema, optional: false });
  const model = at.names.classes.get(name);
  if (model) return required(classSchema(at, model));
  const alias = at.names.aliases.get(name);
  if (alias) return typeSchema({ ...at, in: at.names.source }, alias);
  if (Object.hasOwn(SIMPLE, name)) return required(SIMPLE[name]!);
  if (LISTS.has(name)) return required({ type: "array", items: { type: "string" } });
  if (DICTS.has(name)) return required({ type: "object" });
  throw unsupported(at, node);
}

/** The name and the arguments of `Name[A, B]`; null for what is no subscript. */
function genericOf(at: Place, node: SyntaxNode): { name: string; args: SyntaxNode[] } | null {
  const children = childrenOf(node);
  const open = children.findIndex((child) => child.name === "[");
  if (open < 0) return null;
  const args = children.slice(open + 1).filter((child) => child.name !== "," && child.name !== "]");
  return { name: lastName(at, children[0]!), args };
}

/** `List` of `List` and of `typing.List`. */
function lastName(at: Place, node: SyntaxNode): string {
  const name = node.name === "MemberExpression" ? node.getChild("PropertyName") : node;
  return name ? at.in.text(name) : "";
}

function genericSchema(at: Place, node: SyntaxNode, name: string, args: SyntaxNode[]): TypeSchema {
  const [first, second] = args;
  if (!first) throw unsupported(at, node);
  const required = (schema: JsonSchema) => ({ schema, optional: false });
  if (name === "Optional" && !second) return { ...typeSchema(at, first), optional: true };
  if (name === "Union") return union(at, node, args);
  if (name === "Literal") return literalSchema(at, node, args);
  if (WRAPPERS.has(name) && !second) {
    return { ...typeSchema(at, first), ...(name === "NotRequired" ? { optional: true } : {}) };
  }
  if (name === "Annotated") return annotatedSchema(at, first, args.slice(1));
  if (LISTS.has(name) && !second) return required({ type: "array", items: typeSchema(at, first).schema });
  if (DICTS.has(name) && second && args.length === 2) {
    if (at.in.text(first) !== "str") throw unsupported(at, node, "is not supported: keys of a JSON object are str");
    if (["Any", "object"].includes(lastName(at, second))) return required({ type: "object" });
    return required({ type: "object", additionalProperties: typeSchema(at, second).schema });
  }
  throw unsupported(at, node);
}

/** `Annotated[T, Field(description="…")]`, or with the description as it is. */
function annotatedSchema(at: Place, type: SyntaxNode, extras: SyntaxNode[]): TypeSchema {
  const texts = extras.map((extra) => stringValue(at.in, extra) ?? fieldOf(at.in, extra)?.description);
  const inner = typeSchema(at, type);
  return {
    ...inner,
    schema: described(
      inner.schema,
      texts.find((text) => text),
    ),
  };
}

function literalSchema(at: Place, node: SyntaxNode, args: SyntaxNode[]): TypeSchema {
  const values: (string | number | boolean)[] = [];
  let optional = false;
  for (const arg of args) {
    const value = literalValue(at.in, arg);
    if (value === undefined) throw unsupported(at, node);
    if (value === null) optional = true;
    else values.push(value);
  }
  if (values.length === 0) throw unsupported(at, node);
  return { schema: enumSchema(values), optional };
}

/** The value of a literal; undefined for what is none. */
function literalValue(source: PythonSource, node: SyntaxNode): string | number | boolean | null | undefined {
  if (node.name === "None") return null;
  if (node.name === "Boolean") return source.text(node) === "True";
  const text = stringValue(source, node);
  if (text !== null) return text;
  const number = Number(source.text(node).replaceAll("_", ""));
  return ["Number", "UnaryExpression"].includes(node.name) && Number.isFinite(number) ? number : undefined;
}

/** A class of the same file as a schema: a model or typed dictionary with its fields, or an enumeration. */
function classSchema(at: Place, node: SyntaxNode): JsonSchema {
  const place = { ...at, in: at.names.source };
  const bases = basesOf(place, node);
  const name = nameOf(place.in, node);
  if (bases.some((base) => base.endsWith("Enum"))) return enumerationSchema(place, node);
  if (!isObject(place, name)) {
    throw new DeriveError(
      `Type '${name}' is not supported: it is neither a pydantic model, a TypedDict nor an Enum`,
      place.in.line(node),
    );
  }
  const fields = fieldsOf(place, node);
  const doc = docstringOf(place.in, node);
  const schema = objectSchema(
    [...fields].map(([field, { schema }]) => [field, schema]),
    [...fields].flatMap(([field, { optional }]) => (optional ? [] : [field])),
  );
  return described(schema, doc === null ? undefined : cleandoc(doc).split("\n\n")[0]);
}

function basesOf(at: Place, node: SyntaxNode): string[] {
  const list = node.getChild("ArgList");
  const named = (child: SyntaxNode) => child.name === "VariableName" || child.name === "MemberExpression";
  return list
    ? childrenOf(list)
        .filter((child) => named(child) && child.nextSibling?.name !== "AssignOp")
        .map((child) => lastName(at, child))
    : [];
}

/** Whether a class is, by itself or by what it extends in its file, a model or a typed dictionary. */
function isObject(at: Place, name: string, depth = 0): boolean {
  if (OBJECT_BASES.has(name)) return true;
  const node = at.names.classes.get(name);
  if (!node || depth > MAX_TYPE_DEPTH) return false;
  return basesOf(at, node).some((base) => isObject(at, base, depth + 1));
}

function fieldsOf(at: Place, node: SyntaxNode): Map<string, TypeSchema> {
  if (at.depth > MAX_TYPE_DEPTH) {
    throw new DeriveError(`Type '${nameOf(at.in, node)}' is nested too deeply, or contains itself`, at.in.line(node));
  }
  const deeper = { ...at, depth: at.depth + 1 };
  const fields = new Map<string, TypeSchema>();
  for (const base of basesOf(at, node)) {
    const parent = at.names.classes.get(base);
    for (const [name, field] of parent ? fieldsOf(deeper, parent) : []) fields.set(name, field);
  }
  for (const statement of childrenOf(node.getChild("Body") ?? node)) {
    const annotation = statement.name === "AssignStatement" ? statement.getChild("TypeDef")?.lastChild : null;
    const target = statement.firstChild;
    if (!annotation || target?.name !== "VariableName" || isClassVariable(at, annotation)) continue;
    fields.set(at.in.text(target), fieldSchema(deeper, statement, annotation));
  }
  return fields;
}

function isClassVariable(at: Place, annotation: SyntaxNode): boolean {
  return /\bClassVar\b/.test(at.in.text(annotation));
}

function fieldSchema(at: Place, statement: SyntaxNode, annotation: SyntaxNode): TypeSchema {
  const { schema, optional } = typeSchema(at, annotation);
  const given = statement.getChild("AssignOp") ? statement.lastChild : null;
  if (!given) return { schema, optional };
  const field = fieldOf(at.in, given);
  return { schema: described(schema, field?.description), optional: optional || (field?.hasDefault ?? true) };
}

/** What a `Field(…)` says; null for what is none. */
function fieldOf(source: PythonSource, node: SyntaxNode): { description?: string; hasDefault: boolean } | null {
  const list = node.name === "CallExpression" ? node.getChild("ArgList") : null;
  if (!list || !/^(?:\w+\.)*Field\b/.test(source.text(node))) return null;
  let hasDefault = false;
  let description: string | undefined;
  for (const [key, value] of argumentsOf(source, list)) {
    if (key === "description") description = stringValue(source, value) ?? undefined;
    if (key === null || key === "default") hasDefault = value.name !== "Ellipsis" && value.name !== "...";
    if (key === "default_factory") hasDefault = true;
  }
  return { hasDefault, ...(description ? { description: cleandoc(description) } : {}) };
}

/** The arguments of a call with their keys; null for those by position. */
function argumentsOf(source: PythonSource, list: SyntaxNode): [key: string | null, value: SyntaxNode][] {
  const args: [string | null, SyntaxNode][] = [];
  let key: string | null = null;
  for (const node of childrenOf(list)) {
    if (["(", ")", ",", "AssignOp"].includes(node.name)) continue;
    if (node.nextSibling?.name === "AssignOp") key = source.text(node);
    else {
      args.push([key, node]);
      key = null;
    }
  }
  return args;
}

function enumerationSchema(at: Place, node: SyntaxNode): JsonSchema {
  const values = childrenOf(node.getChild("Body") ?? node).flatMap((statement) => {
    const value = statement.name === "AssignStatement" ? literalValue(at.in, statement.lastChild!) : undefined;
    return value === undefined || value === null ? [] : [value];
  });
  if (values.length === 0) {
    throw new DeriveError(`Enum '${nameOf(at.in, node)}' has no values that JSON has`, at.in.line(node));
  }
  return enumSchema(values);
}
