import type { McpTest } from "@/lib/client/tool/tool-queries";

/** What a server answered when it was tried. */
export function TestResult({ result: { state, message, tools } }: { result: McpTest }) {
  if (state === "connected") {
    return (
      <p role="status" className="break-words px-4 pb-4 text-files">
        It answers, with {tools.length === 1 ? "one tool" : `${tools.length} tools`}
        {tools.length > 0 && ": "}
        <span className="font-mono text-sm">{tools.map((tool) => tool.name).join(", ")}</span>
      </p>
    );
  }
  if (state === "needs_authorization") {
    return (
      <p role="status" className="px-4 pb-4 text-tools">
        It is there and wants a person to sign in. Save it, then connect to it from the list.
      </p>
    );
  }
  return (
    <p role="status" className="break-words px-4 pb-4 text-error">
      It could not be used: {message}
    </p>
  );
}
