// A customer support agent that answers from a folder of documents, and names the lines that it has it from.
import { setTimeout as sleep } from "node:timers/promises";
import Letta, { toFile } from "@letta-ai/letta-client";

const client = new Letta({
  baseURL: process.env.LETTA_BASE_URL ?? "http://localhost:8283",
  apiKey: process.env.LETTA_API_KEY ?? "any",
});

const agent = await client.agents.create({
  model: process.env.MEMOIR_MODEL ?? "openai/gpt-4.1",
  memory_blocks: [
    { label: "persona", value: "Helpful customer support agent" },
    { label: "guidelines", value: "Always be polite and helpful" },
  ],
  tools: ["web_search", "knowledge_base_lookup"],
});

const FAQ = `# Frequent questions

## Returns
Goods can be returned within 30 days of delivery. The buyer pays the postage.

## Warranty
Lamps have a warranty of five years, all else of two.
`;
const folder = await client.folders.create({ name: `support-${agent.id}` });
await client.folders.files.upload(folder.id, { file: await toFile(Buffer.from(FAQ), "faq.md") });
for (let isRead = false; !isRead; await sleep(100)) {
  const files = await client.folders.files.list(folder.id);
  isRead = files.items.every((file) => file.processing_status === "completed" || file.processing_status === "error");
}
await client.agents.folders.attach(folder.id, { agent_id: agent.id });

const response = await client.agents.messages.create(agent.id, {
  messages: [{ role: "user", content: "How long is the warranty of a lamp?" }],
});
for (const message of response.messages) {
  if (message.message_type === "tool_return_message") console.log(`[${message.name}]`, message.tool_return);
  if (message.message_type === "assistant_message") console.log(message.content);
}
