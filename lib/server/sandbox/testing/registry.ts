import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { zipOf } from "../../testing/zip";

/** What a server of the tests answers at a path: bytes, or something of its own. */
export type Answer = Buffer | string | ((request: IncomingMessage, response: ServerResponse) => void);

export type TestServer = {
  url: string;
  answers: Map<string, Answer>;
  /** Paths that were asked for, with the authorization that came along. */
  asked: { path: string; authorization: string | undefined }[];
  close(): void;
};

export async function startTestServer(): Promise<TestServer> {
  const answers = new Map<string, Answer>();
  const asked: TestServer["asked"] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push({ path, authorization: request.headers.authorization });
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === "function") answer(request, response);
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One entry of a tarball: a file, or with a type and a target a link. */
export type Entry = { name: string; text?: string; type?: string; link?: string };

export function tarOf(entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, text = "", type = "0", link = "" }) => {
    const content = Buffer.from(text);
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write("0000644\0", 100);
    head.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    head.write("        ", 148);
    head.write(type, 156);
    head.write(link, 157);
    head.write("ustar\0", 257);
    head.write("00", 263);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export type TestPackage = {
  name: string;
  version?: string;
  /** Files by their path in the package; `package.json` is made where it is not among them. */
  files?: Record<string, string>;
  entries?: Entry[];
  /** What the registry's document says beside name, version and dist. */
  manifest?: Record<string, unknown>;
  dist?: Record<string, unknown>;
  bytes?: Buffer;
};

/** Puts a package into a registry below `/npm/`. */
export function addPackage(server: TestServer, one: TestPackage): void {
  const { name, version = "1.0.0", manifest = {}, files = {}, entries = [] } = one;
  const own = JSON.stringify({ name, version, main: "index.js", ...manifest });
  const all = Object.entries({ "package.json": own, ...files });
  const plain = all.map(([path, text]) => ({ name: `package/${path}`, text }));
  const bytes = one.bytes ?? tarOf([...plain, ...entries]);
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const tarball = `/npm/${name}/-/${version}.tgz`;
  const dist = { tarball: `${server.url}${tarball}`, integrity, ...one.dist };
  const versions = { [version]: { name, version, ...manifest, dist } };
  server.answers.set(tarball, bytes);
  server.answers.set(`/npm/${name}`, JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
}

/** A wheel with its METADATA and one module. */
export function wheelOf(
  name: string,
  source: string,
  options: { requires?: string[]; members?: string[] } = {},
): Buffer {
  const metadata = ["Metadata-Version: 2.1", `Name: ${name}`, "Version: 1.0"];
  const requires = (options.requires ?? []).map((one) => `Requires-Dist: ${one}`);
  return zipOf([
    { name: `${name}/__init__.py`, data: Buffer.from(source) },
    { name: `${name}-1.0.dist-info/METADATA`, data: Buffer.from(`${[...metadata, ...requires].join("\n")}\n`) },
    ...(options.members ?? []).map((member) => ({ name: member, data: Buffer.from("x = 1") })),
  ]);
}

/** Puts a wheel into an index below `/simple/`. */
export function addWheel(server: TestServer, name: string, bytes: Buffer, file: Record<string, unknown> = {}): void {
  const filename = `${name}-1.0-py3-none-any.whl`;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  server.answers.set(`/files/${filename}`, bytes);
  const files = [{ filename, url: `../../files/${filename}`, hashes: { sha256 }, ...file }];
  server.answers.set(`/simple/${name}/`, JSON.stringify({ files }));
}
