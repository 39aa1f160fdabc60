import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { messageSchemaOf } from "@/lib/engine/dialect";
import type { ModelRequest } from "@/lib/engine/model";
import { familyOf } from "../family";
import { speaksChat } from "../reader";
import type { ModelInfo } from "../registry";
import { UnsendableError } from "../unsendable";

type Format = NonNullable<LanguageModelV4CallOptions["responseFormat"]>;

/** How an answer gets its form: by the provider's own means, by words in the prompt, or by both. */
export type FormOfAnswer = { format: Format | null; words: string | null };

const NONE: FormOfAnswer = { format: null, words: null };
const ANY_JSON =
  "When you answer in words, rather than by calling a tool, answer with one JSON object and nothing else: no text before or after it, and no code fence.";
const BY_SCHEMA = `${ANY_JSON} It follows this JSON Schema: `;

/** Models that were made before schemas of an answer, and those from before JSON as its form. */
const WITHOUT_SCHEMA =
  /^(?:gpt-4(?:-turbo.*|-\d{4}.*|-vision.*)?|gpt-3\.5.*|chatgpt-4o.*|gpt-4o-2024-05-13|o1-(?:mini|preview).*)$/;
const WITHOUT_JSON = /^(?:gpt-4(?:-0613|-0314|-32k.*)?|o1-(?:mini|preview).*)$/;

/**
 * The form that the settings ask of an answer, by the means that a provider has. What is an argument of `send_message`
 * already is asked for no second time.
 *
 * @throws UnsendableError where an answer can have no such form.
 */
export function formOfAnswer(asked: Format | null, info: ModelInfo, request: ModelRequest): FormOfAnswer {
  if (asked?.type !== "json" || isSaidByTool(request)) return NONE;
  const schema = "schema" in asked ? asked.schema : undefined;
  if (schema && !isObjectSchema(schema as Record<string, unknown>)) {
    throw new UnsendableError(
      "INVALID_ARGUMENT: response_format asks for an answer that is no JSON object: models take only a schema whose type is object. Put what you want into a property of an object.",
    );
  }
  const words = schema ? BY_SCHEMA + JSON.stringify(schema) : ANY_JSON;
  if (info.providerType === "anthropic") return schema ? { format: asked, words: null } : { format: null, words };
  if (!speaksChat(info)) {
    // Google's models before the third refuse JSON beside tools; a schema is given to them as one more tool.
    return !schema && request.tools.length > 0 && !/gemini-(?:[3-9]|\d\d)/.test(info.name)
      ? { format: null, words }
      : { format: asked, words: null };
  }
  return overChat(asked, words, info);
}

function overChat(asked: Format, words: string, info: ModelInfo): FormOfAnswer {
  const own = info.name.slice(info.name.lastIndexOf("/") + 1);
  if (familyOf(info.name) !== "gpt") return { format: asked, words: takesSchemas(info) ? null : words };
  if (WITHOUT_JSON.test(own)) return { format: null, words };
  if (WITHOUT_SCHEMA.test(own)) return { format: { type: "json" }, words };
  return { format: asked, words: needsWord(asked) ? ANY_JSON : null };
}

/** OpenAI wants the word JSON in the prompt where any JSON will do. */
const needsWord = (asked: Format) => asked.type === "json" && !asked.schema;

/** DeepSeek's own server knows JSON alone: its schema is told in words. */
const takesSchemas = ({ endpoint }: ModelInfo) => !/^https:\/\/api\.deepseek\.com\//.test(`${endpoint}/`);

const isObjectSchema = ({ type, properties, anyOf, oneOf, allOf, $ref }: Record<string, unknown>) =>
  type === "object" ||
  (type === undefined && [properties, anyOf, oneOf, allOf, $ref].some((one) => one !== undefined)) ||
  (Array.isArray(type) && type.includes("object"));

function isSaidByTool({ tools, settings }: ModelRequest): boolean {
  const schema = messageSchemaOf(settings);
  const says = tools.find((tool) => tool.name === "send_message");
  return (
    schema !== null &&
    says !== undefined &&
    JSON.stringify(says.parameters.properties.message) === JSON.stringify(schema)
  );
}
