"use client";
import { memo } from "react";
import { defaultRehypePlugins, Streamdown } from "streamdown";
import { RemoteImage } from "./remote-image";

/** Without `raw`, HTML in a text stays text; what is left is sanitized, and its links are checked. */
const REHYPE = [defaultRehypePlugins.sanitize!, defaultRehypePlugins.harden!];
const CONTROLS = { code: { copy: true, download: false }, table: false, mermaid: false, image: false };
const COMPONENTS = { img: RemoteImage };
const LINKS = { enabled: false };

/** The text of a model, which is untrusted: no raw HTML, and no image is loaded without a click. */
export const Markdown = memo(function Markdown({ text, live = false }: { text: string; live?: boolean }) {
  return (
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
  );
});
