import type { Expression, Node, TSEntityName, TSEnumDeclaration, TSType, TSTypeElement } from "@babel/types";
import { parseJsDoc } from "./jsdoc";
import {
  type Budget,
  DeriveError,
  described,
  enumSchema,
  type JsonSchema,
  MAX_TYPE_DEPTH,
  objectSchema,
  type TypeSchema,
  unionSchema,
} from "./schema";
import { jsDocIn, lineOf, type NamedTypes } from "./typescript-source";

type Place = { names: NamedTypes; depth: number; budget: Budget };
type Literal = string | number | boolean;

const required = (schema: JsonSchema): TypeSchema => ({ schema, optional: false });
const ARRAYS = new Set(["Array", "ReadonlyArray"]);
const TRANSPARENT = new Set(["Readonly", "Required", "NonNullable"]);

/** The schema of a type. @throws DeriveError for what has none in JSON, with its line. */
export function typeSchema(at: Place, node: TSType): TypeSchema {
  if (at.depth > MAX_TYPE_DEPTH) throw unsupported(node, "is nested too deeply, or contains itself");
  if (!at.budget.spend()) throw unsupported(node, "is too large");
  const deeper = { ...at, depth: at.depth + 1 };
  switch (node.type) {
    case "TSStringKeyword":
      return required({ type: "string" });
    case "TSNumberKeyword":
      return required({ type: "number" });
    case "TSBooleanKeyword":
      return required({ type: "boolean" });
    case "TSObjectKeyword":
      return required({ type: "object" });
    case "TSNullKeyword":
    case "TSUndefinedKeyword":
      return { schema: { type: "null" }, optional: true };
    case "TSParenthesizedType":
      return typeSchema(deeper, node.typeAnnotation);
    case "TSTypeOperator":
      if (node.operator !== "readonly") throw unsupported(node);
      return typeSchema(deeper, node.typeAnnotation);
    case "TSArrayType":
      return required({ type: "array", items: typeSchema(deeper, node.elementType).schema });
    case "TSLiteralType":
      return required(enumSchema([literalOf(node)]));
    case "TSUnionType":
      return union(deeper, node, node.types);
    case "TSTypeLiteral":
      return required(membersSchema(deeper, node.members));
    case "TSTypeReference":
      return referenceSchema(deeper, node);
  }
  throw unsupported(node);
}

function unsupported(node: Node, why = "is not supported"): DeriveError {
  const name = node.type === "TSTypeReference" ? `'${entityName(node.typeName)}'` : WORDS[node.type];
  return new DeriveError(`Type ${name ?? "annotation"} ${why}`, lineOf(node));
}

const WORDS: Record<string, string> = {
  TSAnyKeyword: "'any'",
  TSUnknownKeyword: "'unknown'",
  TSNeverKeyword: "'never'",
  TSBigIntKeyword: "'bigint'",
  TSSymbolKeyword: "'symbol'",
  TSTupleType: "of a tuple",
  TSFunctionType: "of a function",
  TSTypeQuery: "'typeof'",
};

function union(at: Place, node: TSType, types: readonly TSType[]): TypeSchema {
  const members = types.map((type) => ({ type, ...typeSchema(at, type) }));
  const values = members.filter(({ type }) => type.type !== "TSNullKeyword" && type.type !== "TSUndefinedKeyword");
  if (values.length === 0) throw unsupported(node);
  const literals = values.flatMap(({ type }) => (type.type === "TSLiteralType" ? [literalOf(type)] : []));
  const others = values.filter(({ type }) => type.type !== "TSLiteralType").map(({ schema }) => schema);
  const schemas = literals.length > 0 ? [enumSchema(literals), ...others] : others;
  return { schema: unionSchema(schemas), optional: members.some(({ optional }) => optional) };
}

function literalOf(node: TSType & { type: "TSLiteralType" }): Literal {
  const value = literalValue(node.literal);
  if (value === undefined) throw unsupported(node);
  return value;
}

function literalValue(literal: Node): Literal | undefined {
  if (literal.type === "StringLiteral" || literal.type === "NumericLiteral" || literal.type === "BooleanLiteral")
    return literal.value;
  if (literal.type === "TemplateLiteral" && literal.expressions.length === 0)
    return literal.quasis[0]?.value.cooked ?? undefined;
  if (literal.type === "UnaryExpression" && literal.operator === "-") {
    const value = literalValue(literal.argument);
    return typeof value === "number" ? -value : undefined;
  }
  return undefined;
}

function entityName(name: TSEntityName): string {
  return name.type === "Identifier" ? name.name : "";
}

function referenceSchema(at: Place, node: TSType & { type: "TSTypeReference" }): TypeSchema {
  const name = entityName(node.typeName);
  const [first, second] = node.typeArguments?.params ?? [];
  const named = at.names.get(name);
  if (named?.type === "TSTypeAliasDeclaration") return typeSchema(at, named.typeAnnotation);
  if (named?.type === "TSEnumDeclaration") return required(enumerationSchema(named));
  if (named) return required(interfaceSchema(at, name, node));
  if (ARRAYS.has(name) && first) return required({ type: "array", items: typeSchema(at, first).schema });
  if (TRANSPARENT.has(name) && first) return typeSchema(at, first);
  if (name === "Partial" && first) {
    const { schema, optional } = typeSchema(at, first);
    return { schema: { ...schema, required: [] }, optional };
  }
  if (name === "Record" && first && second) {
    if (first.type !== "TSStringKeyword")
      throw unsupported(node, "is not supported: keys of a JSON object are strings");
    const open = second.type === "TSAnyKeyword" || second.type === "TSUnknownKeyword";
    return required(
      open ? { type: "object" } : { type: "object", additionalProperties: typeSchema(at, second).schema },
    );
  }
  throw unsupported(node);
}

/** An interface with what it extends in the same file. */
function interfaceSchema(at: Place, name: string, from: Node): JsonSchema {
  return membersSchema(at, interfaceMembers(at, name, from));
}

function interfaceMembers(at: Place, name: string, from: Node): TSTypeElement[] {
  const node = at.names.get(name);
  if (at.depth > MAX_TYPE_DEPTH) throw unsupported(from, "is nested too deeply, or contains itself");
  if (node?.type !== "TSInterfaceDeclaration") throw unsupported(from);
  const deeper = { ...at, depth: at.depth + 1 };
  const inherited = (node.extends ?? []).flatMap((parent) =>
    parent.expression.type === "Identifier" ? interfaceMembers(deeper, parent.expression.name, parent) : [],
  );
  return [...inherited, ...node.body.body];
}

function membersSchema(at: Place, members: readonly TSTypeElement[]): JsonSchema {
  const properties = new Map<string, TypeSchema>();
  let rest: JsonSchema | null = null;
  for (const member of members) {
    if (member.type === "TSIndexSignature" && member.typeAnnotation) {
      rest = typeSchema(at, member.typeAnnotation.typeAnnotation).schema;
      continue;
    }
    const key = member.type === "TSPropertySignature" && !member.computed ? keyOf(member.key) : null;
    if (member.type !== "TSPropertySignature" || key === null) {
      throw new DeriveError("A member of an object type is not a property with a name", lineOf(member));
    }
    if (!member.typeAnnotation) throw new DeriveError(`Property '${key}' lacks a type annotation`, lineOf(member));
    const type = typeSchema(at, member.typeAnnotation.typeAnnotation);
    const doc = jsDocIn(member.leadingComments);
    properties.set(key, {
      schema: described(type.schema, doc === null ? undefined : parseJsDoc(doc).description),
      optional: type.optional || member.optional === true,
    });
  }
  const schema = objectSchema(
    [...properties].map(([key, { schema }]) => [key, schema]),
    [...properties].flatMap(([key, { optional }]) => (optional ? [] : [key])),
  );
  return rest ? { ...schema, additionalProperties: rest } : schema;
}

function keyOf(key: Expression): string | null {
  if (key.type === "Identifier") return key.name;
  return key.type === "StringLiteral" ? key.value : null;
}

/** Members without a value count on from the one before, as in TypeScript. */
function enumerationSchema(node: TSEnumDeclaration): JsonSchema {
  const values: Literal[] = [];
  let next = 0;
  for (const member of node.body.members) {
    const value = member.initializer ? literalValue(member.initializer) : next;
    if (value === undefined)
      throw new DeriveError(`Enum '${node.id.name}' has a value that is computed`, lineOf(member));
    values.push(value);
    next = typeof value === "number" ? value + 1 : next;
  }
  return enumSchema(values);
}
