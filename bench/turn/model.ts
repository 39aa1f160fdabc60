// A model with no latency of its own: the first call of a turn is a memory tool call, the second a 50-token answer.
import { createServer } from "node:http";

const chunk = (choices: unknown[], extra = {}) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "bench", choices, ...extra })}\n\n`;
const end = (reason: string, tokens: number) =>
  chunk([{ index: 0, delta: {}, finish_reason: reason }]) +
  chunk([], { usage: { prompt_tokens: 2000, completion_tokens: tokens, total_tokens: 2000 + tokens } }) +
  "data: [DONE]\n\n";

const args = JSON.stringify({ label: "human", new_string: "Likes tea.", insert_line: 0 });
const call = (id: string) =>
  chunk([
    {
      index: 0,
      delta: {
        role: "assistant",
        content: null,
        tool_calls: [{ index: 0, id, type: "function", function: { name: "memory_insert", arguments: "" } }],
      },
    },
  ]) +
  (args.match(/.{1,8}/g) ?? [])
    .map((piece) => chunk([{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: piece } }] } }]))
    .join("") +
  end("tool_calls", 20);
const words = Array.from({ length: Number(process.env.TOKENS ?? 50) }, (_, index) =>
  chunk([{ index: 0, delta: { content: `word${index} ` } }]),
);

let count = 0;
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify({ data: [{ id: "bench", context_length: 200_000 }] }));
  }
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    // The last role of the conversation, without reading all of it as JSON: the peers share this process.
    const answers = body.lastIndexOf('"role":"tool"') > body.lastIndexOf('"role":"user"');
    if (!answers) return response.end(call(`call_${count++}`));
    for (const word of words) response.write(word);
    response.end(end("stop", words.length));
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
