import type { ToolParameters } from "@/lib/engine/tool";
import { VOICE_MEMORY_TOOLS } from "@/lib/engine/tools/voice-tools";
import { boolean, integer, schema, text, texts } from "./schema-parts";

export type BuiltinSchema = { name: string; description: string; parameters: ToolParameters };

const OTHER_AGENT = text("The id of the other agent, agent-<uuid>.");
const MESSAGE_TO_AGENT = text(
  "What to say. The other agent sees it as coming from you, and nothing else of your context.",
);

export const MULTI_AGENT_SCHEMAS: BuiltinSchema[] = [
  schema(
    "send_message_to_agent_and_wait_for_reply",
    "Sends a message to another agent and waits for its answer. Use it to ask a question or hand over a task whose result you need now.",
    { message: MESSAGE_TO_AGENT, other_agent_id: OTHER_AGENT },
    ["message", "other_agent_id"],
  ),
  schema(
    "send_message_to_agents_matching_tags",
    "Sends a message to every other agent with the given tags, and waits for their answers. You get one answer for each agent; those that failed say why.",
    {
      message: MESSAGE_TO_AGENT,
      match_all: texts("Only agents that have all of these tags. May be empty."),
      match_some: texts("Of those, only agents that have at least one of these tags. Empty means no further limit."),
    },
    ["message", "match_all", "match_some"],
  ),
  schema(
    "send_message_to_agent_async",
    "Sends a message to another agent without waiting. Use it to notify; an answer, if there is one, comes later as a message of its own.",
    { message: MESSAGE_TO_AGENT, other_agent_id: OTHER_AGENT },
    ["message", "other_agent_id"],
  ),
];

const DATE = "YYYY-MM-DD";

export const BUILTIN_SCHEMAS: BuiltinSchema[] = [
  schema(
    "run_code",
    "Runs code in a sandbox and returns its results, standard output and errors. Nothing is kept between two runs, unless both name the same session.",
    {
      code: text("The code to run."),
      language: {
        type: "string",
        enum: ["python", "js", "ts", "r", "java"],
        description: "The language that the code is written in.",
      },
      session: text(
        "A name of your choice, to keep state: variables, functions and imports (in Python also files in /tmp) of earlier runs of this conversation with the same session and language are there still. A session ends when it is not used for a while, or when its code takes too long or too much memory; the answer's `session` says whether it is new, continued, or new because its state was lost. Leave it out for code that needs no earlier state.",
      ),
    },
    ["code", "language"],
  ),
  schema(
    "run_code_with_tools",
    "Runs Python code in which your other tools are there as functions of the same name. Use it to call tools many times, or to work on what they return.",
    { code: text("The Python code to run.") },
    ["code"],
  ),
  schema(
    "web_search",
    "Searches the web and returns what was found, with titles, addresses and excerpts.",
    {
      query: text("What to look for."),
      num_results: integer("Most results to return, from 1 to 100 (default 10)."),
      category: {
        type: "string",
        enum: [
          "company",
          "research paper",
          "news",
          "pdf",
          "github",
          "tweet",
          "personal site",
          "linkedin profile",
          "financial report",
        ],
        description: "Only results of this kind.",
      },
      include_text: boolean("Whether to return the whole text of each page (default false)."),
      include_domains: texts("Only results from these domains."),
      exclude_domains: texts("No results from these domains."),
      start_published_date: text(`Only pages published from this day on, ${DATE}.`),
      end_published_date: text(`Only pages published up to this day, ${DATE}.`),
      user_location: text("Two-letter code of the country to search from, such as US."),
    },
    ["query"],
  ),
  schema(
    "fetch_webpage",
    "Fetches a web page and returns its text, without menus and advertisements.",
    { url: text("The address of the page; http or https.") },
    ["url"],
  ),
];

export const FILE_SCHEMAS: BuiltinSchema[] = [
  schema(
    "open_files",
    "Opens files, so that their text is in your context. Where too many would be open, those that were not used for the longest time are closed.",
    {
      file_requests: {
        type: "array",
        description: "The files to open.",
        items: {
          type: "object",
          properties: {
            file_name: text("The file's name, as it is listed in your directories."),
            offset: integer("The line to start from, counted from 0 (default: the beginning)."),
            length: integer("How many lines to show (default: to the end, or as much as fits)."),
          },
          required: ["file_name"],
        },
      },
      close_all_others: boolean("Whether to close every other open file (default false)."),
    },
    ["file_requests"],
  ),
  schema(
    "grep_files",
    "Searches the text of your files for a pattern, and returns the lines that match, twenty at a time.",
    {
      pattern: text("A word, phrase or regular expression."),
      include: text("Only files whose name matches this pattern, such as *.py."),
      context_lines: integer("How many lines to show before and after each match (default 1)."),
      offset: integer("How many matches to skip, to see the next twenty (default 0)."),
    },
    ["pattern"],
  ),
  schema(
    "semantic_search_files",
    "Searches your files by meaning, and returns the passages that come closest.",
    {
      query: text("What to look for, in natural language."),
      limit: integer("Most passages to return (default 5)."),
    },
    ["query"],
  ),
];

export const VOICE_SCHEMAS: BuiltinSchema[] = [
  schema(
    "store_memories",
    "Stores parts of the conversation that is about to leave the context in long-term memory, each with a note that says what it is about.",
    {
      chunks: {
        type: "array",
        description: "The parts to store, each a run of consecutive lines.",
        items: {
          type: "object",
          properties: {
            start_index: integer("The number of its first line."),
            end_index: integer("The number of its last line."),
            context: text("What the part is about, and why it is worth keeping."),
          },
          required: ["start_index", "end_index", "context"],
        },
      },
    },
    ["chunks"],
  ),
  VOICE_MEMORY_TOOLS.rethink_user_memory,
  VOICE_MEMORY_TOOLS.finish_rethinking_memory,
  schema(
    "search_memory",
    "Searches long-term memory and past messages for what may help to answer the person.",
    {
      convo_keyword_queries: texts("Words to look for in past messages."),
      start_minutes_ago: integer("Only what is at most this many minutes old."),
      end_minutes_ago: integer("Only what is at least this many minutes old."),
    },
    [],
  ),
];
