import type { Identity } from "../api/wire";

export type Property = NonNullable<Identity["properties"]>[number];

/** A property's value as a person edits it. */
export function propertyText({ value }: Pick<Property, "value">): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What a person typed, as a value of a type.
 *
 * @returns null when the text is no value of that type
 */
export function propertyValue(type: Property["type"], text: string): { value: Property["value"] } | null {
  switch (type) {
    case "string":
      return { value: text };
    case "number": {
      const number = Number(text);
      return text.trim() !== "" && Number.isFinite(number) ? { value: number } : null;
    }
    case "boolean":
      return text === "true" || text === "false" ? { value: text === "true" } : null;
    case "json":
      try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value)
          ? { value: value as Record<string, unknown> }
          : null;
      } catch {
        return null;
      }
  }
}
