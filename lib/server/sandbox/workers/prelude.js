// What a JavaScript tool finds around it, made of one function of the host: `host(kind, text) → text`. Evaluated inside the
// interpreter, before the tool; the tool may change all of it, for itself.
(host, job) => {
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  const show = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : `${value}`;
    try {
      return JSON.stringify(value, simple) ?? String(value);
    } catch {
      return String(value);
    }
  };
  const simple = (_key, value) =>
    typeof value === "bigint"
      ? value.toString()
      : value instanceof Map
        ? Object.fromEntries(value)
        : value instanceof Set
          ? [...value]
          : value;
  const print =
    (stream) =>
    (...values) =>
      // What the host is told ends at a NUL.
      void host(stream, `${values.map(show).join(" ").replaceAll("\0", "")}\n`);
  define("console", {
    log: print("stdout"),
    info: print("stdout"),
    debug: print("stdout"),
    warn: print("stderr"),
    error: print("stderr"),
  });
  define("process", { env: { ...job.env }, argv: [], platform: "sandbox" });

  const ask = (method, params) => {
    const answer = JSON.parse(host("ask", JSON.stringify({ method, params })));
    if (answer.error != null) throw new Error(answer.error);
    return answer.value;
  };

  // Timers run when nothing else is left to do.
  let timers = [];
  let lastTimer = 0;
  const setTimer = (callback, delay, args, every) => {
    timers.push({ id: ++lastTimer, at: Date.now() + Math.max(0, Number(delay) || 0), callback, args, every });
    return lastTimer;
  };
  const clear = (id) => {
    timers = timers.filter((timer) => timer.id !== id);
  };
  define("setTimeout", (callback, delay, ...args) => setTimer(callback, delay, args, null));
  define("setInterval", (callback, delay, ...args) => setTimer(callback, delay, args, Math.max(1, Number(delay) || 1)));
  define("clearTimeout", clear);
  define("clearInterval", clear);
  define("queueMicrotask", (callback) => void Promise.resolve().then(callback));
  const tick = () => {
    const next = timers.reduce((first, timer) => (first && first.at <= timer.at ? first : timer), null);
    if (!next) return false;
    const wait = next.at - Date.now();
    if (wait > 0) host("sleep", String(wait));
    clear(next.id);
    if (next.every) timers.push({ ...next, at: Date.now() + next.every });
    next.callback(...next.args);
    return true;
  };

  const CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  define("btoa", (text) => {
    let out = "";
    for (let at = 0; at < text.length; at += 3) {
      const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
      out += CODES[a >> 2] + CODES[((a & 3) << 4) | (b >> 4)];
      out += at + 1 < text.length ? CODES[((b & 15) << 2) | (c >> 6)] : "=";
      out += at + 2 < text.length ? CODES[c & 63] : "=";
    }
    return out;
  });
  define("atob", (text) => {
    const digits = [...text.replace(/[=\s]/g, "")].map((one) => CODES.indexOf(one));
    let out = "";
    for (let at = 0; at < digits.length; at += 4) {
      const [a, b, c, d] = [digits[at], digits[at + 1] ?? 0, digits[at + 2], digits[at + 3]];
      out += String.fromCharCode((a << 2) | (b >> 4));
      if (c !== undefined) out += String.fromCharCode(((b & 15) << 4) | (c >> 2));
      if (d !== undefined) out += String.fromCharCode(((c & 3) << 6) | d);
    }
    return out;
  });
  class TextEncoder {
    encode(text = "") {
      const bytes = [];
      for (const one of String(text)) {
        const code = one.codePointAt(0);
        if (code < 0x80) bytes.push(code);
        else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
        else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
        else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      }
      return Uint8Array.from(bytes);
    }
  }
  class TextDecoder {
    decode(bytes = new Uint8Array()) {
      const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
      let escaped = "";
      for (const byte of all) escaped += `%${byte.toString(16).padStart(2, "0")}`;
      return decodeURIComponent(escaped);
    }
  }
  define("TextEncoder", TextEncoder);
  define("TextDecoder", TextDecoder);
  define("crypto", { randomUUID: () => host("uuid", "") });

  class Response {
    constructor(answer) {
      const { body, headers, ...rest } = answer;
      Object.assign(this, rest, { ok: answer.status < 400, bytesBase64: body });
      this.headers = new Map(Object.entries(headers));
    }
    async arrayBuffer() {
      return Uint8Array.from(atob(this.bytesBase64), (one) => one.charCodeAt(0)).buffer;
    }
    async text() {
      return new TextDecoder().decode(await this.arrayBuffer());
    }
    async json() {
      return JSON.parse(await this.text());
    }
  }
  define("fetch", async (url, { method = "GET", headers = {}, body = null } = {}) => {
    if (!job.network) throw new TypeError("this tool has no network: no host is allowed to it");
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const sent = headers instanceof Map ? Object.fromEntries(headers) : headers;
    const encoded = bytes === null ? null : btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
    return new Response(ask("fetch", { method, url: String(url), headers: sent, body: encoded }));
  });

  for (const name of job.functions) define(name, async (args = {}) => ask("function", { name, args }));

  const { agent } = job;
  let state = null;
  let given = {};
  if (agent) {
    state = { ...agent.state, id: agent.id };
    const blocks = state.memory?.blocks ?? state.blocks ?? [];
    given = Object.fromEntries(blocks.map((block) => [block.label, block.value]));
    const get = (label) => {
      const found = blocks.find((block) => block.label === label);
      if (!found)
        throw new Error(`Block field ${label} does not exist (available sections = ${Object.keys(given).join(", ")})`);
      return found;
    };
    const update = (label, value) => {
      get(label).value = String(value);
    };
    state.memory = { blocks, get_block: get, getBlock: get, update_block_value: update, updateBlockValue: update };
    const own = (id, method, params) => {
      if (id != null && id !== agent.id) throw new Error("a tool's client reaches its own agent only");
      return method ? ask(method, params) : state;
    };
    const found = (results) =>
      results.map((one) => ({ ...one, content: one.content ?? one.text, timestamp: one.timestamp ?? one.created_at }));
    define("agent_state", state);
    define("client", {
      agents: {
        retrieve: async (id) => own(id),
        blocks: {
          list: async (id) => own(id, "blocks.list", {}),
          retrieve: async (label, params) => own(params?.agent_id, "blocks.read", { label }),
          update: async (label, params) => own(params?.agent_id, "blocks.write", { label, value: params?.value }),
        },
        passages: {
          create: async (id, params) => own(id, "archival.insert", { text: params?.text, tags: params?.tags }),
          list: async (id, params) => own(id, "archival.list", { limit: params?.limit, after: params?.after }),
          search: async (id, params) => {
            const asked = { query: params?.query, tags: params?.tags, limit: params?.top_k };
            const results = found(own(id, "archival.search", asked));
            return { count: results.length, results };
          },
        },
      },
    });
  }

  const edits = () => {
    if (!state) return [];
    const now = state.memory?.blocks ?? [];
    return now.flatMap(({ label, value }) =>
      typeof value === "string" && label in given && given[label] !== value ? [{ label, value }] : [],
    );
  };
  const finish = (result) =>
    void host(
      "result",
      JSON.stringify({ value: null, text: "", textLength: 0, error: null, ...result, memoryEdits: edits() }),
    );
  const succeed = (value) => {
    let json = null;
    try {
      json = JSON.stringify(value, simple) ?? "null";
    } catch {}
    const text = typeof value === "string" ? value : (json ?? String(value));
    const fits = text.length <= job.returnChars && (json === null || json.length <= 8 * job.returnChars + 1000);
    finish({
      status: "success",
      value: fits ? json : null,
      text: text.slice(0, job.returnChars),
      textLength: text.length,
    });
  };
  const fail = (error) => {
    const thrown = error instanceof Error;
    const type = thrown ? String(error.name) : "Error";
    const message = thrown ? String(error.message) : show(error);
    const traceback = thrown ? `${type}: ${message}\n${error.stack ?? ""}` : message;
    finish({
      status: "error",
      error: { type, message: message.slice(0, 20000), traceback: traceback.slice(0, 20000) },
    });
  };
  const argumentsFor = (params) => {
    const args = { ...job.args };
    if (state && params?.includes("agent_state")) args.agent_state = state;
    if (agent && params?.includes("agent_id") && !("agent_id" in args)) args.agent_id = agent.id;
    return params ? params.map((name) => args[name]) : [args];
  };
  import(job.file)
    .then((tool) => (job.entry === null ? tool.__memoir_last : tool.__memoir_entry(...argumentsFor(job.params))))
    .then(succeed, fail);
  return { tick, stuck: () => fail(new Error("the code awaits something that never comes")) };
};
