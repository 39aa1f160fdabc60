/** What stands in a form: a text, a list, an object, or null where nothing is given. */
export type FormValue = string | null | readonly FormValue[] | FormValues;
export type FormValues = { readonly [name: string]: FormValue };

/** A field of a form that is made from a JSON schema. `kind` json is a value that is typed as JSON. */
export type SchemaField = {
  name: string;
  kind: "string" | "integer" | "number" | "boolean" | "choice" | "object" | "list" | "json";
  description: string | null;
  required: boolean;
  /** Of a choice: the values, as they stand in the schema. */
  choices: readonly unknown[];
  /** Of an object. */
  fields: readonly SchemaField[];
  /** Of a list: what each of its items is. */
  item: SchemaField | null;
  /** Of a number its value, of a list its length; inclusive. */
  least: number | null;
  most: number | null;
  /** What the form starts with. */
  initial: FormValue;
};

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isValues = (value: FormValue): value is FormValues =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: FormValue): value is readonly FormValue[] => Array.isArray(value);

/** Deeper than this a value is typed as JSON: no form of it could be read. */
const MAX_DEPTH = 5;

/** The fields for the arguments of a tool: what its schema's `parameters` name, in their order. */
export function fieldsOf(toolSchema: unknown): SchemaField[] {
  return isSchema(toolSchema) ? fieldsOfObject(toolSchema.parameters, 0) : [];
}

function fieldsOfObject(schema: unknown, depth: number): SchemaField[] {
  if (!isSchema(schema) || !isSchema(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, one]) =>
    fieldOf(name, isSchema(one) ? one : {}, required.includes(name), depth),
  );
}

function fieldOf(name: string, schema: Schema, required: boolean, depth: number): SchemaField {
  const plain = withoutNull(schema);
  const choices = Array.isArray(plain.enum) ? plain.enum : "const" in plain ? [plain.const] : [];
  const fields = plain.type === "object" && depth < MAX_DEPTH ? fieldsOfObject(plain, depth + 1) : [];
  const item = itemOf(plain, depth);
  const description = plain.description ?? schema.description;
  const isList = item !== null;
  const field: SchemaField = {
    name,
    kind: choices.length > 0 ? "choice" : fields.length > 0 ? "object" : isList ? "list" : kindOf(plain.type),
    description: typeof description === "string" ? description : null,
    required,
    choices,
    fields,
    item,
    least: boundOf(isList ? plain.minItems : plain.minimum),
    most: boundOf(isList ? plain.maxItems : plain.maximum),
    initial: null,
  };
  return { ...field, initial: toForm(field, schema.default ?? plain.default) };
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

/** The items of a list whose items are all of one kind, which a form can show. */
function itemOf({ type, items }: Schema, depth: number): SchemaField | null {
  if (type !== "array" || !isSchema(items) || depth >= MAX_DEPTH) return null;
  const item = fieldOf("", items, true, depth + 1);
  return item.kind === "json" ? null : item;
}

function kindOf(type: unknown): SchemaField["kind"] {
  return type === "string" || type === "integer" || type === "number" || type === "boolean" ? type : "json";
}

const boundOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** How a form shows a value; undefined or null is nothing given. */
export function toForm(field: SchemaField, value: unknown): FormValue {
  const { kind, choices, fields, item, required } = field;
  const isGiven = value !== undefined && value !== null;
  if (kind === "object") {
    if (!isGiven && !required) return null;
    const given = isSchema(value) ? value : {};
    return Object.fromEntries(
      fields.map((one) => [one.name, one.name in given ? toForm(one, given[one.name]) : one.initial]),
    );
  }
  if (kind === "list") {
    if (!isGiven) return required ? [] : null;
    return Array.isArray(value) && item ? value.map((one) => toForm(item, one)) : [];
  }
  if (!isGiven) return "";
  if (kind === "choice") return choices.includes(value) ? String(choices.indexOf(value)) : "";
  return typeof value === "string" && kind !== "json" ? value : JSON.stringify(value);
}

/** What a list's next item starts with. */
export const newItem = (field: SchemaField): FormValue => field.item?.initial ?? "";
/** What a field that was not given starts with once it is; a list with its first item. */
export const whenGiven = (field: SchemaField): FormValue =>
  field.kind === "list" ? [newItem(field)] : toForm({ ...field, required: true }, undefined);

/** What stands in a field: what was typed, or what it starts with where it has another form by now. */
export function valueIn(values: FormValues, field: SchemaField): FormValue {
  const value = values[field.name];
  if (value === undefined) return field.initial;
  if (field.kind === "object") return value === null || isValues(value) ? value : field.initial;
  if (field.kind === "list") return value === null || isList(value) ? value : field.initial;
  return typeof value === "string" ? value : field.initial;
}

export type ReadForm = {
  args: Record<string, unknown>;
  /** By the way to a field: `address.street`, `items.0`. */
  problems: Record<string, string>;
};

/** The arguments that a form means, and what is wrong with each field that can't be read. Empty is "not given". */
export function readForm(fields: readonly SchemaField[], values: FormValues): ReadForm {
  const problems: Record<string, string> = {};
  return { args: readObject(fields, values, "", problems), problems };
}

type Problems = Record<string, string>;

function readObject(fields: readonly SchemaField[], values: FormValues, way: string, problems: Problems) {
  const entries = fields.flatMap((field) => {
    const read = readValue(field, valueIn(values, field), `${way}${field.name}`, problems);
    return read === undefined ? [] : [[field.name, read] as const];
  });
  return Object.fromEntries(entries);
}

/** @returns undefined for what is not given, or can't be read. */
function readValue(field: SchemaField, value: FormValue, way: string, problems: Problems): unknown {
  if (value === null || value === "") {
    // An empty text is a value where text is asked for.
    if (field.required && field.kind === "string") return "";
    if (field.required) problems[way] = "This is needed.";
    return undefined;
  }
  if (isList(value)) {
    const { item } = field;
    if (!item) return undefined;
    outside(field, value.length, way, problems, "items");
    return value.map((one, index) => readValue(item, one, `${way}.${index}`, problems));
  }
  if (isValues(value)) return readObject(field.fields, value, `${way}.`, problems);
  try {
    const read = meaningOf(field, value);
    if (typeof read === "number") outside(field, read, way, problems, null);
    return read;
  } catch (error) {
    problems[way] = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

function outside(
  { kind, least, most }: SchemaField,
  value: number,
  way: string,
  problems: Problems,
  unit: string | null,
): void {
  if (kind === "choice") return;
  const what = unit ? ` ${unit}` : "";
  if (least !== null && value < least) problems[way] = `At least ${least}${what}.`;
  if (most !== null && value > most) problems[way] = `At most ${most}${what}.`;
}

/** @throws Error with a sentence for the person. */
function meaningOf({ kind, choices }: SchemaField, text: string): unknown {
  switch (kind) {
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
    default:
      return text;
  }
}

/** The arguments in a text of JSON. @throws Error with a sentence for the person. */
export function readArguments(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isSchema(value)) throw new Error("This has to be an object, with a key for each argument.");
  return value;
}

/** Arguments as the form shows them. */
export const formOf = (fields: readonly SchemaField[], args: Record<string, unknown>): FormValues =>
  Object.fromEntries(fields.map((field) => [field.name, toForm(field, args[field.name])]));

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
