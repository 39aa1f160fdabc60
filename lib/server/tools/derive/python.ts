import { type Docstring, parseDocstring } from "./docstring";
import {
  docstringOf,
  nameOf,
  type Parameter,
  type PythonSource,
  parametersOf,
  parsePython,
  requireSyntax,
  toolFunction,
} from "./python-source";
import { annotationSchema, type PythonNames, pythonNames } from "./python-types";
import { DeriveError, described, type JsonSchema, objectSchema, type ToolSchema } from "./schema";

/** Parameters that the sandbox fills in: the model is not asked for them. */
const INJECTED = new Set(["self", "agent_state"]);

/**
 * The schema of a Python tool (see `toolFunction`), from its signature and its docstring in any of the usual styles. Nothing is executed. A parameter with a default, or that may be None, is not required; defaults are not
 * part of the schema (contract §3.7).
 *
 * Accepts more than Letta V1's deriver: `async def`, `X | None`, unions, `dict[str, T]`, annotations in quotes, names for
 * types, TypedDict and Enum of the same file.
 *
 * @throws DeriveError for what is missing or has no form in JSON.
 */
export function derivePython(text: string): ToolSchema {
  const { source, definition, name, docstring } = describePython(text);
  if (!docstring) throw new DeriveError(`Function ${name} missing docstring`, source.line(definition));
  const names = pythonNames(source);
  const parameters = parametersOf(source, definition).filter((parameter) => !INJECTED.has(parameter.name));
  const properties: [string, JsonSchema][] = [];
  const required: string[] = [];
  for (const parameter of parameters) {
    const { schema, optional } = parameterSchema({ source, names, docstring, name }, parameter);
    properties.push([parameter.name, schema]);
    if (!optional) required.push(parameter.name);
  }
  return { name, description: docstring.description, parameters: objectSchema(properties, required) };
}

/** The tool's function with its name and docstring, if it has one. @throws DeriveError where there is none. */
export function describePython(text: string) {
  const source = parsePython(text);
  requireSyntax(source);
  const definition = toolFunction(source);
  if (!definition) throw new DeriveError("No functions found in source code", null);
  const name = nameOf(source, definition);
  const doc = docstringOf(source, definition);
  return { source, definition, name, docstring: doc?.trim() ? parseDocstring(doc) : null };
}

type Function = { source: PythonSource; names: PythonNames; docstring: Docstring; name: string };

function parameterSchema({ source, names, docstring, name }: Function, parameter: Parameter) {
  const line = source.line(parameter.node);
  const place = `Parameter '${parameter.name}' in function '${name}'`;
  if (parameter.star) {
    throw new DeriveError(`${place} is ${parameter.star}${parameter.name}: a model can't be told what it takes`, line);
  }
  if (!parameter.annotation) throw new DeriveError(`${place} lacks a type annotation`, line);
  const { schema, optional } = annotationSchema(names, parameter.annotation);
  const description = docstring.parameters.get(parameter.name);
  if (!description) {
    throw new DeriveError(
      `${place} lacks a description in the docstring: give it a line "${parameter.name}: what it is" below "Args:"`,
      line,
    );
  }
  return { schema: described(schema, description), optional: optional || parameter.hasDefault };
}
