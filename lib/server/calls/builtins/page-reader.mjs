// A thread that reads one page. First it posts all of the page's text, then, if it gets that far, the article alone:
// finding the article can take any time on a page that is made for it, so whoever waits takes what there is.
import { parentPort, workerData } from "node:worker_threads";
import { Readability } from "@mozilla/readability";
import { convert } from "html-to-text";
import { parseHTML } from "linkedom";

const MAX_ELEMENTS = 50_000;
const MAX_DEPTH = 150;
const UNCOUNTED = new Set(
  "area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody tfoot option optgroup colgroup".split(
    " ",
  ),
);
const HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"];
const SKIPPED = ["img", "svg", "script", "style", "noscript", "iframe", "nav", "form", "button"];

const { source, url } = workerData;
// The parser wants a whole document.
const html = flattened(
  /<html[\s>]/i.test(source) ? source : `<!doctype html><html><head></head><body>${source}</body></html>`,
);

parentPort.postMessage({ title: null, publishedDate: null, author: null, text: toMarkdown(html) });
const { document } = parseHTML(html);
const page = {
  title: document.title?.trim() || null,
  publishedDate: metaContent(["article:published_time", "date", "datePublished"]),
  author: metaContent(["author", "article:author"]),
};
const article = new Readability(document, { maxElemsToParse: MAX_ELEMENTS }).parse();
const text = article?.content ? toMarkdown(article.content) : "";
parentPort.postMessage({
  title: article?.title?.trim() || page.title,
  publishedDate: article?.publishedTime || page.publishedDate,
  author: article?.byline?.trim() || page.author,
  ...(text === "" ? {} : { text }),
});

/**
 * Markup without the elements that lie deeper than any page's do, whose text stays: parsers go down one call for each.
 * Elements whose end may be left out do not count, since theirs often is.
 */
function flattened(markup) {
  let depth = 0;
  return markup.replace(/<(\/?)([a-z][a-z0-9-]*)\b[^<>]*>/gi, (tag, slash, name) => {
    if (UNCOUNTED.has(name.toLowerCase()) || tag.endsWith("/>")) return depth > MAX_DEPTH ? " " : tag;
    const at = slash ? depth-- : ++depth;
    if (depth < 0) depth = 0;
    return at > MAX_DEPTH ? " " : tag;
  });
}

function metaContent(names) {
  for (const tag of document.querySelectorAll("meta")) {
    const name = tag.getAttribute("property") ?? tag.getAttribute("name") ?? tag.getAttribute("itemprop") ?? "";
    if (names.includes(name)) return tag.getAttribute("content")?.trim() || null;
  }
  return null;
}

function toMarkdown(markup) {
  return convert(markup, {
    wordwrap: false,
    formatters: { heading, code, link },
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

function heading(element, walk, builder) {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral(`${"#".repeat(Number(element.name.slice(1)))} `);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
}

function code(element, walk, builder) {
  builder.openBlock({ isPre: true, leadingLineBreaks: 2 });
  builder.addLiteral("```\n");
  walk(element.children, builder);
  builder.addLiteral("\n```");
  builder.closeBlock({ trailingLineBreaks: 2 });
}

/** `[text](address)`; links within the page, and to what is no web page, are their text. */
function link(element, walk, builder) {
  const target = absolute(element.attribs?.href);
  if (target) builder.addLiteral("[");
  walk(element.children, builder);
  if (target) builder.addLiteral(`](${target})`);
}

function absolute(href) {
  if (!href || href.startsWith("#") || !URL.canParse(href, url)) return null;
  const target = new URL(href, url);
  return target.protocol === "http:" || target.protocol === "https:" ? target.href : null;
}
