import type { Node, TSType } from "@babel/types";
import type { ToolParameters } from "@/lib/engine/tool";
import { type JsDoc, parseJsDoc } from "./jsdoc";
import { createBudget, DeriveError, described, type JsonSchema, objectSchema, type ToolSchema } from "./schema";
import {
  lineOf,
  type NamedTypes,
  namedTypes,
  parseType,
  parseTypeScript,
  toolFunction,
  topLevelFunctions,
} from "./typescript-source";
import { typeSchema } from "./typescript-types";

/**
 * The schema of a tool in TypeScript or JavaScript, from its signature and its JSDoc comment: of the last function at the
 * top of the file that is exported, or of the last one where none is. Nothing is executed. A parameter whose type is not
 * in the signature has the one of its `@param`. Optional ones, those with a default and those that may be null or
 * undefined are not required.
 *
 * @throws DeriveError for what is missing or has no form in JSON.
 */
export function deriveTypeScript(text: string): ToolSchema {
  const { file, tool, doc } = describeTypeScript(text);
  if (!doc?.description) throw new DeriveError(`Function ${tool.name} missing JSDoc comment`, lineOf(tool.node));
  const of = { name: tool.name, doc, names: namedTypes(file) };
  const head = { name: tool.name, description: doc.description };
  const [only, second] = tool.node.params;
  if (only && !second) {
    const parameters = takenApart(of, only);
    if (parameters) return { ...head, parameters };
  }
  const properties: [string, JsonSchema][] = [];
  const required: string[] = [];
  for (const parameter of tool.node.params) {
    const { name, schema, optional } = parameterSchema(of, parameter);
    properties.push([name, schema]);
    if (!optional) required.push(name);
  }
  return { ...head, parameters: objectSchema(properties, required) };
}

/** The tool's function with its JSDoc, if it has one. @throws DeriveError where there is none. */
export function describeTypeScript(text: string) {
  const file = parseTypeScript(text);
  const tool = toolFunction(topLevelFunctions(file));
  if (!tool) throw new DeriveError("No functions found in source code", null);
  const doc = tool.jsDoc === null ? null : parseJsDoc(tool.jsDoc);
  return { file, tool, doc };
}

/** The properties of the one parameter that takes its argument apart are the tool's parameters; null for any other. */
function takenApart(of: Function, parameter: Node): ToolParameters | null {
  const target = parameter.type === "AssignmentPattern" ? parameter.left : parameter;
  if (target.type !== "ObjectPattern" || target.typeAnnotation?.type !== "TSTypeAnnotation") return null;
  const { schema } = typeSchema(
    { names: of.names, depth: 0, budget: createBudget() },
    target.typeAnnotation.typeAnnotation,
  );
  if (schema.type !== "object" || !schema.properties) return null;
  const defaults = new Set(target.properties.flatMap(defaultedName));
  const required = (schema.required as string[]).filter((name) => !defaults.has(name));
  const properties = Object.entries(schema.properties as Record<string, JsonSchema>).map(
    ([name, property]): [string, JsonSchema] => [name, described(property, of.doc.parameters.get(name)?.description)],
  );
  return objectSchema(properties, required);
}

function defaultedName(property: Node): string[] {
  if (property.type !== "ObjectProperty" || property.value.type !== "AssignmentPattern") return [];
  return property.key.type === "Identifier" ? [property.key.name] : [];
}

type Function = { name: string; doc: JsDoc; names: NamedTypes };

function parameterSchema(of: Function, parameter: Node) {
  const hasDefault = parameter.type === "AssignmentPattern";
  const target = hasDefault ? parameter.left : parameter;
  if (target.type !== "Identifier") {
    throw new DeriveError(`A parameter of function '${of.name}' has no name of its own`, lineOf(parameter));
  }
  const comment = of.doc.parameters.get(target.name);
  const annotation = target.typeAnnotation?.type === "TSTypeAnnotation" ? target.typeAnnotation.typeAnnotation : null;
  const type: TSType | null = annotation ?? (comment?.type ? parseType(comment.type) : null);
  if (!type) {
    throw new DeriveError(
      `Parameter '${target.name}' in function '${of.name}' lacks a type annotation`,
      lineOf(parameter),
    );
  }
  const { schema, optional } = typeSchema({ names: of.names, depth: 0, budget: createBudget() }, type);
  return {
    name: target.name,
    schema: described(schema, comment?.description),
    optional: optional || hasDefault || target.optional === true || comment?.optional === true,
  };
}
