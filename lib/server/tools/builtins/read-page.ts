import { Readability } from "@mozilla/readability";
import { convert, type FormatCallback } from "html-to-text";
import { parseHTML } from "linkedom";

export type Page = { title: string | null; publishedDate: string | null; author: string | null; text: string };

const MAX_ELEMENTS = 30_000;

/**
 * The article of a web page as markdown, without menus and advertisements; of a page that has none, all its text.
 * Scripts are not run, nothing else is loaded.
 */
export function readPage(source: string, url: string): Page {
  // The parser wants a whole document.
  const html = /<html[\s>]/i.test(source) ? source : `<!doctype html><html><head></head><body>${source}</body></html>`;
  const { document } = parseHTML(html);
  const title = document.title?.trim() || null;
  const meta = (names: string[]) => metaContent(document, names);
  const article = readArticle(html);
  const text = toMarkdown(article?.content ?? html, url);
  return {
    title: article?.title?.trim() || title,
    publishedDate: article?.publishedTime || meta(["article:published_time", "date", "datePublished"]),
    author: article?.byline?.trim() || meta(["author", "article:author"]),
    text: text || toMarkdown(html, url),
  };
}

/** The reader changes the document that it reads, so it gets one of its own. */
function readArticle(html: string) {
  const { document } = parseHTML(html);
  try {
    return new Readability(document as unknown as Document, { maxElemsToParse: MAX_ELEMENTS }).parse();
  } catch {
    return null;
  }
}

function metaContent(document: { querySelectorAll(selector: string): Iterable<Element> }, names: string[]) {
  for (const tag of document.querySelectorAll("meta")) {
    const name = tag.getAttribute("property") ?? tag.getAttribute("name") ?? tag.getAttribute("itemprop") ?? "";
    if (names.includes(name)) return tag.getAttribute("content")?.trim() || null;
  }
  return null;
}

const heading: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral(`${"#".repeat(Number(element.name?.slice(1) ?? 1))} `);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

const code: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ isPre: true, leadingLineBreaks: 2 });
  builder.addLiteral("```\n");
  walk(element.children, builder);
  builder.addLiteral("\n```");
  builder.closeBlock({ trailingLineBreaks: 2 });
};

/** `[text](address)`; links within the page, and to what is no web page, are their text. */
function linkFrom(base: string): FormatCallback {
  return (element, walk, builder) => {
    const { href } = (element.attribs ?? {}) as { href?: string };
    const target = href && !href.startsWith("#") ? absolute(href, base) : null;
    if (target) builder.addLiteral("[");
    walk(element.children, builder);
    if (target) builder.addLiteral(`](${target})`);
  };
}

function absolute(href: string, base: string): string | null {
  try {
    const url = new URL(href, base);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

const HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"];
const SKIPPED = ["img", "svg", "script", "style", "noscript", "iframe", "nav", "form", "button"];

function toMarkdown(html: string, url: string): string {
  return convert(html, {
    wordwrap: false,
    formatters: { heading, code, link: linkFrom(url) },
    limits: { maxDepth: 200 },
    selectors: [
      ...HEADINGS.map((selector) => ({ selector, format: "heading" })),
      ...SKIPPED.map((selector) => ({ selector, format: "skip" })),
      { selector: "pre", format: "code" },
      { selector: "a", format: "link" },
      { selector: "ul", options: { itemPrefix: "- " } },
      { selector: "table", format: "dataTable", options: { uppercaseHeaderCells: false } },
    ],
  }).trim();
}
