/** A field of a form that is made from a JSON schema. `kind` json is a value that is typed as JSON. */
export type SchemaField = {
  name: string;
  kind: "string" | "integer" | "number" | "boolean" | "choice" | "json";
  description: string | null;
  required: boolean;
  /** Of a choice: the values, as they stand in the schema. */
  choices: readonly unknown[];
  /** The text that the form starts with. */
  initial: string;
};

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields for the arguments of a tool: what its schema's `parameters` name, in their order. */
export function fieldsOf(toolSchema: unknown): SchemaField[] {
  const parameters = isSchema(toolSchema) ? toolSchema.parameters : null;
  if (!isSchema(parameters) || !isSchema(parameters.properties)) return [];
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  return Object.entries(parameters.properties).map(([name, schema]) =>
    fieldOf(name, isSchema(schema) ? schema : {}, required.includes(name)),
  );
}

function fieldOf(name: string, schema: Schema, required: boolean): SchemaField {
  const plain = withoutNull(schema);
  const choices = Array.isArray(plain.enum) ? plain.enum : [];
  const kind = choices.length > 0 ? "choice" : kindOf(plain.type);
  const description = plain.description ?? schema.description;
  return {
    name,
    kind,
    description: typeof description === "string" ? description : null,
    required,
    choices,
    initial: initialOf(kind, schema.default ?? plain.default, choices),
  };
}

/** A schema that also allows null is filled in like the one that does not: null is the field left empty. */
function withoutNull(schema: Schema): Schema {
  const options = [schema.anyOf, schema.oneOf].find(Array.isArray)?.filter(isSchema) ?? [];
  const left = options.filter((option) => option.type !== "null");
  if (options.length > 0 && left.length === 1) return { ...schema, ...left[0] };
  if (!Array.isArray(schema.type)) return schema;
  const types = schema.type.filter((type) => type !== "null");
  return { ...schema, type: types.length === 1 ? types[0] : undefined };
}

function kindOf(type: unknown): SchemaField["kind"] {
  return type === "string" || type === "integer" || type === "number" || type === "boolean" ? type : "json";
}

function initialOf(kind: SchemaField["kind"], value: unknown, choices: readonly unknown[]): string {
  if (value === undefined || value === null) return "";
  if (kind === "choice") return choices.includes(value) ? String(choices.indexOf(value)) : "";
  return typeof value === "string" && kind !== "json" ? value : JSON.stringify(value);
}

export type ReadForm = { args: Record<string, unknown>; problems: Record<string, string> };

/** The arguments that a form's texts mean, and what is wrong with each field that can't be read. Empty is "not given". */
export function readForm(fields: readonly SchemaField[], texts: Readonly<Record<string, string>>): ReadForm {
  const read: ReadForm = { args: {}, problems: {} };
  for (const field of fields) {
    const text = texts[field.name] ?? field.initial;
    if (text === "") {
      // An empty text is a value where text is asked for.
      if (field.required && field.kind === "string") read.args[field.name] = "";
      else if (field.required) read.problems[field.name] = "This is needed.";
      continue;
    }
    try {
      read.args[field.name] = meaningOf(field, text);
    } catch (error) {
      read.problems[field.name] = error instanceof Error ? error.message : String(error);
    }
  }
  return read;
}

/** @throws Error with a sentence for the person. */
function meaningOf({ kind, choices }: SchemaField, text: string): unknown {
  switch (kind) {
    case "string":
      return text;
    case "choice":
      return choices[Number(text)];
    case "boolean":
      return text === "true";
    case "integer":
    case "number": {
      const number = Number(text);
      if (!Number.isFinite(number)) throw new Error("This has to be a number.");
      if (kind === "integer" && !Number.isInteger(number)) throw new Error("This has to be a whole number.");
      return number;
    }
    case "json":
      try {
        return JSON.parse(text);
      } catch {
        throw new Error('This has to be JSON, such as ["a", "b"].');
      }
  }
}

/** A parameter in one line, for reading: `days: integer = 1`. */
export function signatureOf(
  toolSchema: unknown,
): { name: string; type: string; required: boolean; text: string | null }[] {
  const parameters = isSchema(toolSchema) && isSchema(toolSchema.parameters) ? toolSchema.parameters : {};
  const properties = isSchema(parameters.properties) ? parameters.properties : {};
  return fieldsOf(toolSchema).map((field) => ({
    name: field.name,
    type: typeText(properties[field.name]),
    required: field.required,
    text: field.description,
  }));
}

function typeText(schema: unknown): string {
  if (!isSchema(schema)) return "any";
  const options = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (options) return options.map(typeText).join(" | ");
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `${typeText(schema.items)}[]`;
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  return typeof schema.type === "string" ? schema.type : "any";
}
