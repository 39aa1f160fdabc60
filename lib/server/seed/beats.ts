/** One thing that a model does in the seeded past: says something, or thinks and calls a tool. */
export type Turn = string | { think: string; call: string; args: Record<string, unknown> };

/** One moment of the seeded past. `at` is day (from 1) and time of day, UTC. */
export type Beat =
  | { at: [day: number, time: string]; to: "ada" | "bo"; say: string; turns: Turn[] }
  | { at: [day: number, time: string]; act: "compact"; summary: string }
  | { at: [day: number, time: string]; act: "edit-persona"; value: string }
  | { at: [day: number, time: string]; act: "edit-prompt"; line: string };

export const insert = (label: string, text: string, think: string): Turn => ({
  think,
  call: "memory_insert",
  args: { label, new_string: text, insert_line: -1 },
});
export const replace = (label: string, before: string, after: string, think: string): Turn => ({
  think,
  call: "memory_replace",
  args: { label, old_string: before, new_string: after },
});
export const archive = (text: string, tags: string[], think: string): Turn => ({
  think,
  call: "archival_memory_insert",
  args: { content: text, tags },
});
export const recall = (query: string, think: string): Turn => ({
  think,
  call: "conversation_search",
  args: { query, limit: 5 },
});
export const lookUp = (query: string, think: string, topK = 3): Turn => ({
  think,
  call: "archival_memory_search",
  args: { query, top_k: topK },
});
export const ada = (day: number, time: string, say: string, ...turns: Turn[]): Beat => ({
  at: [day, time],
  to: "ada",
  say,
  turns,
});
export const bo = (day: number, time: string, say: string, ...turns: Turn[]): Beat => ({
  at: [day, time],
  to: "bo",
  say,
  turns,
});
