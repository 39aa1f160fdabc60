// The peers of one persisted turn: a raw node:http loop with four SQL statements, and the same persistence around the
// bare AI SDK. Neither has agents, versions, snapshots or cassettes: they are the floor, not products.
import http from "node:http";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { PGlite } from "@electric-sql/pglite";
import { stepCountIs, streamText, tool } from "ai";
import pg from "pg";
import { z } from "zod";

const { KIND, PORT, MODEL_URL, DATABASE_URL, SYSTEM_CHARS } = process.env;
const SYSTEM = "You are an agent with memory. ".repeat(Math.ceil(Number(SYSTEM_CHARS ?? 8000) / 30));
const agent = new http.Agent({ keepAlive: true });

type Query = (text: string, values: unknown[]) => Promise<Record<string, unknown>[]>;
const query = await openQuery();
await query("CREATE TABLE IF NOT EXISTS bench_block (agent TEXT PRIMARY KEY, value TEXT NOT NULL)", []);
await query(
  "CREATE TABLE IF NOT EXISTS bench_message (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, agent TEXT, role TEXT, body JSONB)",
  [],
);
await query("CREATE INDEX IF NOT EXISTS bench_message_agent ON bench_message (agent, id)", []);

async function openQuery(): Promise<Query> {
  if (!DATABASE_URL) {
    const lite = await PGlite.create("memory://");
    return async (text, values) => (await lite.query<Record<string, unknown>>(text, values)).rows;
  }
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
  return async (text, values) => (await pool.query({ name: text.slice(0, 60), text, values })).rows;
}

const TOOL = {
  type: "function",
  function: {
    name: "memory_insert",
    description: "Insert into memory",
    parameters: {
      type: "object",
      properties: { label: { type: "string" }, new_string: { type: "string" }, insert_line: { type: "integer" } },
      required: ["label", "new_string"],
    },
  },
};

type Message = Record<string, unknown>;

/** The four statements of a turn; the last twelve messages are in context, as in the measured server. */
const statements = {
  load: (id: string) =>
    query(
      `SELECT (SELECT value FROM bench_block WHERE agent = $1) AS value, coalesce((SELECT jsonb_agg(body ORDER BY id) FROM
         (SELECT id, body FROM bench_message WHERE agent = $1 ORDER BY id DESC LIMIT 12) t), '[]'::jsonb) AS messages`,
      [id],
    ),
  say: (id: string, messages: Message[]) =>
    query(
      "INSERT INTO bench_message (agent, role, body) SELECT $1, m->>'role', m FROM jsonb_array_elements($2::jsonb) m",
      [id, JSON.stringify(messages)],
    ),
  write: (id: string, value: string, message: Message) =>
    query(
      `WITH b AS (INSERT INTO bench_block VALUES ($1, $2) ON CONFLICT (agent) DO UPDATE SET value = $2)
       INSERT INTO bench_message (agent, role, body) VALUES ($1, 'tool', $3::jsonb)`,
      [id, value, JSON.stringify(message)],
    ),
};

async function rawTurn(id: string, text: string, send: (delta: string) => void): Promise<void> {
  const [row] = await statements.load(id);
  const messages = row!.messages as Message[];
  while (messages.length && messages[0]!.role !== "user") messages.shift();
  messages.push({ role: "user", content: text });
  const first = await rawModel(messages, () => {});
  const callMessage = { role: "assistant", content: null, tool_calls: [first.call] };
  await statements.say(id, [messages.at(-1)!, callMessage]);
  const value = `${JSON.parse(first.call.function.arguments).new_string}\n${row!.value ?? ""}`.slice(0, 2000);
  const result = { role: "tool", tool_call_id: first.call.id, content: value };
  await statements.write(id, value, result);
  messages.push(callMessage, result);
  const second = await rawModel(messages, send);
  await statements.say(id, [{ role: "assistant", content: second.text }]);
}

type Call = { id: string; type: "function"; function: { name: string; arguments: string } };

function rawModel(messages: Message[], send: (delta: string) => void): Promise<{ text: string; call: Call }> {
  return new Promise((resolve, reject) => {
    const url = new URL(`${MODEL_URL}/chat/completions`);
    const request = http.request(
      {
        agent,
        host: url.hostname,
        port: url.port,
        path: url.pathname,
        method: "POST",
        headers: { "content-type": "application/json" },
      },
      (response) => {
        let rest = "";
        let text = "";
        const call: Call = { id: "", type: "function", function: { name: "", arguments: "" } };
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          const lines = (rest + part).split("\n\n");
          rest = lines.pop()!;
          for (const line of lines) {
            if (line.startsWith("data: [DONE]")) continue;
            const delta = JSON.parse(line.slice(6)).choices[0]?.delta;
            if (delta?.content) {
              text += delta.content;
              send(delta.content);
            }
            const piece = delta?.tool_calls?.[0];
            if (piece?.id) {
              call.id = piece.id;
              call.function.name = piece.function.name;
            }
            if (piece) call.function.arguments += piece.function.arguments ?? "";
          }
        });
        response.on("end", () => resolve({ text, call }));
      },
    );
    request.on("error", reject);
    request.end(
      JSON.stringify({
        model: "bench",
        stream: true,
        stream_options: { include_usage: true },
        messages: [{ role: "system", content: SYSTEM }, ...messages],
        tools: [TOOL],
      }),
    );
  });
}

const sdk = createOpenAICompatible({ name: "bench", baseURL: MODEL_URL ?? "", includeUsage: true })("bench");

async function sdkTurn(id: string, text: string, send: (delta: string) => void): Promise<void> {
  const [row] = await statements.load(id);
  const history = (row!.messages as { role: string; content: unknown }[]).filter(
    (message) => message.role === "user" || (message.role === "assistant" && message.content),
  );
  await statements.say(id, [{ role: "user", content: text }]);
  let answer = "";
  const result = streamText({
    model: sdk,
    system: SYSTEM,
    messages: [...(history as { role: "user"; content: string }[]), { role: "user", content: text }],
    stopWhen: stepCountIs(3),
    tools: {
      memory_insert: tool({
        description: "Insert into memory",
        inputSchema: z.object({ label: z.string(), new_string: z.string(), insert_line: z.number().optional() }),
        execute: async ({ new_string: added }) => {
          const value = `${added}\n${row!.value ?? ""}`.slice(0, 2000);
          await statements.write(id, value, { role: "tool", content: value });
          return value;
        },
      }),
    },
  });
  for await (const delta of result.textStream) {
    answer += delta;
    send(delta);
  }
  await statements.say(id, [{ role: "assistant", content: answer }]);
}

const turn = KIND === "sdk" ? sdkTurn : rawTurn;
http
  .createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", async () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      await turn(request.url!.slice(1), JSON.parse(body).input, (delta) =>
        response.write(`data: ${JSON.stringify({ message_type: "assistant_message", content: delta })}\n\n`),
      );
      response.end("data: [DONE]\n\n");
    });
  })
  .listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
