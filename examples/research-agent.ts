// A research analyst with a report to quote from and a table to work on.
import { setTimeout as sleep } from "node:timers/promises";
import Letta, { toFile } from "@letta-ai/letta-client";

const client = new Letta({
  baseURL: process.env.LETTA_BASE_URL ?? "http://localhost:8283",
  apiKey: process.env.LETTA_API_KEY ?? "any",
});

const agent = await client.agents.create({
  model: process.env.MEMOIR_MODEL ?? "openai/gpt-4.1",
  memory_blocks: [
    { label: "persona", value: "Research analyst" },
    { label: "methodology", value: "Systematic fact-checking approach" },
  ],
  tools: ["web_search", "document_analysis", "data_processing"],
});

const REPORT = `# Bees in the city

## Method
We counted bees on 12 roofs from May to July.

## Findings
Roofs with clover had three times as many bees as roofs without. Table 1 has the counts.

Figure 1: The roofs on a map
`;
const COUNTS =
  "month,roof,bees\nMay,clover,120\nMay,bare,40\nJune,clover,310\nJune,bare,95\nJuly,clover,280\nJuly,bare,90\n";
const folder = await client.folders.create({ name: `research-${agent.id}` });
await client.folders.files.upload(folder.id, { file: await toFile(Buffer.from(REPORT), "report.md") });
await client.folders.files.upload(folder.id, { file: await toFile(Buffer.from(COUNTS), "counts.csv") });
for (let isRead = false; !isRead; await sleep(100)) {
  const files = await client.folders.files.list(folder.id);
  isRead = files.items.every((file) => file.processing_status === "completed" || file.processing_status === "error");
}
await client.agents.folders.attach(folder.id, { agent_id: agent.id });

const response = await client.agents.messages.create(agent.id, {
  messages: [
    { role: "user", content: "Does clover help? Quote the report, check it against the counts, and draw them." },
  ],
});
for (const message of response.messages) {
  if (message.message_type === "tool_return_message") console.log(`[${message.name}]`, message.tool_return);
  if (message.message_type === "assistant_message") console.log(message.content);
}
