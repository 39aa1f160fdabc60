import type { Node, TSType } from "@babel/types";
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
  const file = parseTypeScript(text);
  const tool = toolFunction(topLevelFunctions(file));
  if (!tool) throw new DeriveError("No functions found in source code", null);
  const doc = tool.jsDoc === null ? null : parseJsDoc(tool.jsDoc);
  if (!doc?.description) throw new DeriveError(`Function ${tool.name} missing JSDoc comment`, lineOf(tool.node));
  const names = namedTypes(file);
  const properties: [string, JsonSchema][] = [];
  const required: string[] = [];
  for (const parameter of tool.node.params) {
    const { name, schema, optional } = parameterSchema({ name: tool.name, doc, names }, parameter);
    properties.push([name, schema]);
    if (!optional) required.push(name);
  }
  return { name: tool.name, description: doc.description, parameters: objectSchema(properties, required) };
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
