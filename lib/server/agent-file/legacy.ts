type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const objectsIn = (value: unknown): Json[] => listIn(value).filter(isObject);

/** Whether a file is of the flat format that Letta wrote before 2025-07: one agent, with all that belongs to it inside. */
export function isLegacyFile(file: unknown): file is Json {
  return isObject(file) && !("agents" in file) && ("core_memory" in file || "in_context_message_indices" in file);
}

/** Keys that mean the same in both formats. */
const KEPT = [
  "agent_type",
  "name",
  "description",
  "system",
  "llm_config",
  "embedding_config",
  "message_buffer_autoclear",
  "timezone",
];

/** A flat file in the current format. What is missing stays missing, and is found when the file is checked. */
export function fromLegacyFile(file: Json): Json {
  const messages: Json[] = objectsIn(file.messages).map((message, index) => ({
    ...message,
    id: `message-${index}`,
    content: contentOf(message),
    tool_returns: objectsIn(message.tool_returns).filter((one) => typeof one.status === "string"),
  }));
  const indices = listIn(file.in_context_message_indices);
  const blocks = objectsIn(file.core_memory).map((block, index) => ({
    id: `block-${index}`,
    ...pick(block, ["label", "value", "limit", "description", "is_template", "template_name", "read_only"]),
    metadata: block.metadata_ ?? block.metadata ?? {},
  }));
  const tools = objectsIn(file.tools).map((tool, index) => ({ ...tool, id: `tool-${index}` }));
  return {
    agents: [
      {
        id: "agent-0",
        ...pick(file, KEPT),
        metadata: file.metadata_ ?? null,
        tags: listIn(file.tags).map((tag) => (isObject(tag) ? tag.tag : tag)),
        tool_rules: objectsIn(file.tool_rules),
        tool_ids: tools.map((tool) => tool.id),
        block_ids: blocks.map((block) => block.id),
        tool_exec_environment_variables: objectsIn(file.tool_exec_environment_variables),
        messages,
        ...(Array.isArray(file.in_context_message_indices)
          ? { in_context_message_ids: indices.flatMap((at) => messages[Number(at)]?.id ?? []) }
          : {}),
      },
    ],
    blocks,
    tools,
    created_at: file.created_at ?? null,
  };
}

/** The oldest files have the text of a message in `text`. */
function contentOf(message: Json): unknown {
  if (message.content != null) return message.content;
  return typeof message.text === "string" ? [{ type: "text", text: message.text }] : [];
}

function pick(from: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
}
