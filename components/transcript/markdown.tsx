"use client";
import { type ComponentProps, memo, useEffect, useRef, useState } from "react";
import { defaultRehypePlugins, Streamdown } from "streamdown";

/** Without `raw`, HTML in a text stays text; what is left is sanitized, and its links are checked. */
const REHYPE = [defaultRehypePlugins.sanitize!, defaultRehypePlugins.harden!];
const CONTROLS = { code: { copy: true, download: false }, table: false, mermaid: false, image: false };
const COMPONENTS = { img: RemoteImage };
const LINKS = { enabled: false };

/** The text of a model, which is untrusted: no raw HTML, and no image is loaded without a click. */
export const Markdown = memo(function Markdown({ text, live = false }: { text: string; live?: boolean }) {
  const whole = useFocusableCode(text.includes("```"));
  return (
    <div ref={whole}>
      <Streamdown
        className="prose-chat space-y-2"
        mode={live ? "streaming" : "static"}
        rehypePlugins={REHYPE}
        components={COMPONENTS}
        controls={CONTROLS}
        linkSafety={LINKS}
        lineNumbers={false}
        skipHtml
      >
        {text}
      </Streamdown>
    </div>
  );
});

/** Long lines of code scroll: by keyboard too. The blocks come late, when what colours them is loaded. */
function useFocusableCode(hasCode: boolean) {
  const whole = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const root = whole.current;
    if (!root || !hasCode) return;
    const mark = () => {
      for (const code of root.querySelectorAll<HTMLElement>(CODE)) if (code.tabIndex < 0) code.tabIndex = 0;
    };
    mark();
    const observer = new MutationObserver(mark);
    observer.observe(root, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [hasCode]);
  return whole;
}

const CODE = '[data-streamdown="code-block-body"]';

function RemoteImage({ src, alt }: ComponentProps<"img">) {
  const [shown, setShown] = useState(false);
  if (typeof src !== "string") return null;
  if (shown) {
    // biome-ignore lint/performance/noImgElement: a remote address that a person asked for, which next/image does not know
    return <img src={src} alt={alt ?? ""} className="max-h-80 rounded-md" referrerPolicy="no-referrer" />;
  }
  return (
    <button
      type="button"
      onClick={() => setShown(true)}
      className="rounded-md border border-line px-2 py-1 text-muted text-sm hover:bg-hover"
    >
      Image from {hostOf(src)}
      {alt ? ` (${alt})` : ""} — load it
    </button>
  );
}

function hostOf(src: string): string {
  try {
    return new URL(src, window.location.href).host;
  } catch {
    return "an unknown place";
  }
}
