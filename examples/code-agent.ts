// A code assistant with files of its own, which it keeps in a repository.
import Letta from "@letta-ai/letta-client";

const client = new Letta({
  baseURL: process.env.LETTA_BASE_URL ?? "http://localhost:8283",
  apiKey: process.env.LETTA_API_KEY ?? "any",
});

const agent = await client.agents.create({
  model: process.env.MEMOIR_MODEL ?? "openai/gpt-4.1",
  memory_blocks: [
    { label: "persona", value: "Expert programming assistant" },
    { label: "context", value: "Working on Python web application" },
  ],
  tools: ["run_code", "file_manager", "git_operations"],
});

const response = await client.agents.messages.create(agent.id, {
  messages: [
    {
      role: "user",
      content: "Write slug.py with a function that makes a slug of a title, try it, and commit it.",
    },
  ],
});
for (const message of response.messages) {
  if (message.message_type === "tool_return_message") console.log(`[${message.name}]`, message.tool_return);
  if (message.message_type === "assistant_message") console.log(message.content);
}
