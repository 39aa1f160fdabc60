import { Document, Packer, Paragraph } from "docx";
import { PDFDocument, StandardFonts } from "pdf-lib";
import { describe, expect, test } from "vitest";
import { decodeBytes } from "../core/decode";
import { zipOf } from "../testing/zip";
import { extractText, UnreadableFileError } from "./extract";
import { formatOf } from "./format";

const bytes = (data: string | Uint8Array) =>
  new Uint8Array(typeof data === "string" ? new TextEncoder().encode(data) : data);
const file = (name: string, data: string | Uint8Array, type = "") => ({ name, type, bytes: bytes(data) });

async function makePdf(pages: string[]): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  for (const text of pages) pdf.addPage().drawText(text, { x: 40, y: 700, size: 12, font, lineHeight: 16 });
  return pdf.save();
}

const makeDocx = async (paragraphs: string[]) =>
  new Uint8Array(
    await Packer.toBuffer(new Document({ sections: [{ children: paragraphs.map((text) => new Paragraph(text)) }] })),
  );

describe("what a file is", () => {
  test("is told by its bytes, then by its name or type", async () => {
    expect(formatOf(file("x.txt", await makePdf(["a"])))).toBe("pdf");
    expect(formatOf(file("x.docx", await makeDocx(["a"])))).toBe("docx");
    expect(formatOf(file("x.html", "<p>a</p>"))).toBe("html");
    expect(formatOf(file("x", "<p>a</p>", "text/html; charset=utf-8"))).toBe("html");
    expect(formatOf(file("x.csv", "a,b"))).toBe("csv");
    for (const name of ["x.py", "x.md", "x.json", "Makefile", "x.unknown"])
      expect(formatOf(file(name, "a"))).toBe("text");
  });

  test("is refused where it is neither text nor a known document, with what is supported", () => {
    for (const data of [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1]), new Uint8Array([0xff, 0xfe, 0xfd]), "a\0b"]) {
      expect(() => formatOf(file("x.png", data))).toThrow(/Supported are PDF, Word/);
    }
    expect(() => formatOf(file("x.zip", new Uint8Array([0x50, 0x4b, 3, 4, 0])))).toThrow(/Supported are/);
  });

  test("may be text in UTF-16 that says so", () => {
    expect(decodeBytes(new Uint8Array(Buffer.from("\ufeffhé\r\n", "utf16le")))).toBe("hé\n");
    expect(decodeBytes(bytes("\ufeffa\rb"))).toBe("a\nb");
    expect(decodeBytes(new Uint8Array(Buffer.from("an older export, hé\r\n", "utf16le")))).toBe(
      "an older export, hé\n",
    );
  });
});

/** A page with a text in a font that it does not bring along, written in codes of one of Adobe's predefined maps. */
function cjkPdf(map: string, collection: string, codes: string): string {
  const content = `BT /F 20 Tf 50 700 Td <${codes}> Tj ET`;
  const info = `<< /Registry (Adobe) /Ordering (${collection}) /Supplement 4 >>`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    `<< /Type /Font /Subtype /Type0 /BaseFont /Absent /Encoding /${map} /DescendantFonts [6 0 R] >>`,
    `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Absent /CIDSystemInfo ${info} /FontDescriptor 7 0 R >>`,
    "<< /Type /FontDescriptor /FontName /Absent /Flags 4 /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 /FontBBox [0 0 1000 1000] >>",
  ];
  let made = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const at = made.length;
    made += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  return `${made}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${made.length}\n%%EOF`;
}

const OLDER: [encoding: string, hex: string, text: string][] = [
  [
    "windows-1252",
    "6e616d653b636974793b70726963650a4af672673b4bf66c6e3b3520800ad67a696c3b4dfc6e6368656e3b372080",
    "name;city;price\nJörg;Köln;5 €\nÖzil;München;7 €",
  ],
  ["GBK", "d0e8c7f3cec4b5b5a3bab5dad2bbd5c220b8c5caf60abcdbb8f1d2bbb0d9d4aa", "需求文档：第一章 概述\n价格一百元"],
  [
    "Shift_JIS",
    "93fa967b8cea82cc95b68f9182c582b781420a89bf8a6982cd90e7897e82c582b7",
    "日本語の文書です。\n価格は千円です",
  ],
  [
    "windows-1251",
    "cff0e8e2e5f220ece8f02c20fdf2ee20f2e5eaf1f220ede020f0f3f1f1eaeeec20ffe7fbeae5",
    "Привет мир, это текст на русском языке",
  ],
  [
    "EUC-KR",
    "c7d1b1b9beee20b9aebcadc0d4b4cfb4d92e20b0a1b0ddc0ba20c3b5bff8c0d4b4cfb4d9",
    "한국어 문서입니다. 가격은 천원입니다",
  ],
  ["Big5", "b36fac4fa440a5f7a4a4a4e5a4e5a5f3a141bbf9aee6ac4fa440a6caa4b8", "這是一份中文文件，價格是一百元"],
];

describe("a text in an older encoding", () => {
  test.each(OLDER)("%s is read", (_encoding, hex, text) => {
    const given = new Uint8Array(Buffer.from(hex, "hex"));
    expect(formatOf({ name: "x.csv", type: "", bytes: given })).toBe("csv");
    expect(decodeBytes(given)).toBe(text);
  });

  test("is read from HTML that names it", async () => {
    const page = Buffer.from(
      '<html><head><meta charset="gbk"></head><body><p>\xbc\xdb\xb8\xf1</p></body></html>',
      "latin1",
    );
    expect((await extractText("html", new Uint8Array(page))).text).toBe("价格");
  });
});

describe("the text of a file", () => {
  test.each([
    ["90ms-RKSJ-H", "Japan1", "93fa967b8cea82cc95b68f91", "日本語の文書"],
    ["UniGB-UCS2-H", "GB1", "97006c426587", "需求文"],
    ["KSCms-UHC-H", "Korea1", "c7d1b1b9", "한국"],
    ["ETen-B5-H", "CNS1", "a4a4a4e5", "中文"],
  ])("is read from PDF whose fonts are not in it (%s)", async (map, collection, codes, text) => {
    expect((await extractText("pdf", bytes(cjkPdf(map, collection, codes)))).text).toBe(text);
  });

  test("is read from PDF, page by page", async () => {
    const { text } = await extractText("pdf", bytes(await makePdf(["First page\nsecond line", "Second page"])));
    expect(text.replaceAll(/[ \t]+/g, " ")).toBe("First page\nsecond line\n\nSecond page");
  });

  test("is read from Word", async () => {
    expect((await extractText("docx", bytes(await makeDocx(["One.", "Two."])))).text).toBe("One.\n\nTwo.");
  });

  test("is read from HTML as a reader sees it", async () => {
    const html = `<html><head><title>t</title><style>p{}</style><script>alert(1)</script></head>
      <body><h1>Head</h1><p>A <a href="https://x.example">link</a> &amp; more</p><img src="x"><ul><li>one</li></ul></body></html>`;
    expect((await extractText("html", bytes(html))).text).toMatch(/^Head\n+A link & more\n+ \* one$/);
  });

  test("keeps the event loop free while it is read", async () => {
    const pdf = bytes(await makePdf(Array.from({ length: 60 }, (_, n) => `Page ${n}\n${"word ".repeat(15)}`)));
    let turns = 0;
    const watch = setInterval(() => {
      turns += 1;
    }, 1);
    await extractText("pdf", pdf);
    clearInterval(watch);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("a file that can't be read is refused in a sentence", () => {
  const refused = async (...args: Parameters<typeof extractText>) => {
    const error = await extractText(...args).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UnreadableFileError);
    return (error as Error).message;
  };

  test("a broken PDF or Word document", async () => {
    expect(await refused("pdf", bytes("%PDF-1.7 nothing"))).toMatch(/could not be read/);
    expect(await refused("docx", bytes("PK\u0003\u0004 nothing"))).toMatch(/no end/);
    const whole = await makeDocx(["x"]);
    const broken = whole.map((byte, index) => (index > 40 && index < 400 ? byte ^ 0xff : byte));
    expect(await refused("docx", bytes(broken))).toMatch(/could not be read/);
  });

  test("an encrypted PDF", async () => {
    expect(await refused("pdf", bytes(ENCRYPTED_PDF))).toMatch(/encrypted/);
  });

  test("a PDF of pictures", async () => {
    const pdf = await PDFDocument.create();
    pdf.addPage();
    expect(await refused("pdf", bytes(await pdf.save()))).toMatch(/no text/);
  });

  test("a zip bomb, whether or not it says how large it is", async () => {
    expect(await refused("docx", bombOf(300_000_000, 300_000_000))).toMatch(/unpacks to/);
    expect(await refused("docx", bombOf(900_000_000, 10))).toMatch(/could not be read/);
  }, 60_000);
});

/** A Word document of one entry that says that it is `claimed` bytes long, with what Word's readers look for first. */
function bombOf(length: number, claimed: number): Uint8Array<ArrayBuffer> {
  const types = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>';
  return bytes(
    zipOf([
      { name: "[Content_Types].xml", data: Buffer.from(types) },
      { name: "word/document.xml", data: Buffer.alloc(length), claimed },
    ]),
  );
}

/** The standard security handler, with a user password that is not the empty one. */
const ENCRYPTED_PDF = [
  "%PDF-1.4",
  "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
  "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj",
  "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj",
  `4 0 obj<</Filter/Standard/V 1/R 2/O<${"11".repeat(32)}>/U<${"22".repeat(32)}>/P -4>>endobj`,
  `trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<${"33".repeat(16)}><${"33".repeat(16)}>]/Size 5>>`,
  "%%EOF",
].join("\n");
