"use client";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import CodeMirror from "@uiw/react-codemirror";
import { useTheme } from "next-themes";
import { useEffect, useMemo, useState } from "react";
import { useNonce } from "@/components/shell/nonce";
import type { SourceLanguage, SourceProblem } from "@/lib/client/tool/tools";

export type CodeEditorProps = {
  label: string;
  language: SourceLanguage | "yaml";
  value: string;
  onChange?: (value: string) => void;
  /** Marked at its line. */
  problem?: SourceProblem | null;
  /** As `problem`, where there may be several. */
  problems?: readonly SourceProblem[];
};

const LOOK = EditorView.theme({
  "&": { fontSize: "12px", backgroundColor: "var(--background) !important", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--ring)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "18px" },
  ".cm-gutters": {
    backgroundColor: "var(--panel) !important",
    color: "var(--muted) !important",
    borderColor: "var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in oklab, var(--active) 45%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--foreground)", borderColor: "var(--line)" },
});

const LANGUAGES = {
  python: () => python(),
  typescript: () => javascript({ typescript: true }),
  json: () => json(),
  yaml: () => [],
};

/** Source with colours and its problem at its line. Tab indents; Escape and then Tab leaves it. */
export default function CodeEditor({ label, language, value, onChange, problem = null, problems }: CodeEditorProps) {
  const { resolvedTheme } = useTheme();
  const nonce = useNonce();
  const [view, setView] = useState<EditorView | null>(null);
  const extensions = useMemo(
    () => [
      EditorView.cspNonce.of(nonce),
      LANGUAGES[language](),
      lintGutter(),
      LOOK,
      // A content that can be edited can be reached by keyboard already; checkers of accessibility want it said.
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.lineWrapping,
    ],
    [label, language, nonce],
  );

  useEffect(() => {
    const all = problems ?? (problem ? [problem] : []);
    if (view)
      view.dispatch(
        setDiagnostics(
          view.state,
          all.map((one) => diagnosticOf(view, one)),
        ),
      );
  }, [view, problem, problems]);

  return (
    <CodeMirror
      value={value}
      onChange={(text) => onChange?.(text)}
      onCreateEditor={setView}
      extensions={extensions}
      readOnly={!onChange}
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      basicSetup={{ foldGutter: false, autocompletion: false, tabSize: language === "python" ? 4 : 2 }}
      height="100%"
      className="h-full"
    />
  );
}

function diagnosticOf(view: EditorView, { message, line }: SourceProblem) {
  const { doc } = view.state;
  const { from, to, text } = doc.line(Math.min(Math.max(line ?? 1, 1), doc.lines));
  const indent = text.length - text.trimStart().length;
  return { from: Math.min(from + indent, to), to, severity: "error" as const, message };
}
