/** Parts of JSON schemas, as models are shown them. */
export const text = (description: string) => ({ type: "string", description });
export const integer = (description: string) => ({ type: "integer", description });
export const boolean = (description: string) => ({ type: "boolean", description });
export const texts = (description: string) => ({ type: "array", items: { type: "string" }, description });
export const oneOf = (values: readonly string[], description: string) => ({
  type: "string",
  enum: [...values],
  description,
});
export const list = (properties: Record<string, unknown>, required: string[], description: string) => ({
  type: "array",
  description,
  items: { type: "object", properties, required },
});

export function schema(name: string, description: string, properties: Record<string, unknown>, required: string[]) {
  return { name, description, parameters: { type: "object" as const, properties, required } };
}
