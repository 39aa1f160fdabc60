import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zipOf } from "../../testing/zip";
import { openTestSandbox, type TestSandbox } from "../testing/open";
import { dependenciesOf, satisfies } from "../workers/packages/python-versions.mjs";

let folder: string;
let server: Server;
let url: string;
let box: TestSandbox;
const asked: string[] = [];

/** A wheel as an index has it: name, version, what it requires, and its one module. */
function wheel(name: string, version: string, requires: string[], source: string) {
  const info = `${name}-${version}.dist-info`;
  const metadata = [
    `Metadata-Version: 2.1`,
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((one) => `Requires-Dist: ${one}`),
  ];
  const files = { [`${name}/__init__.py`]: source, [`${info}/METADATA`]: `${metadata.join("\n")}\n` };
  const bytes = zipOf(Object.entries(files).map(([path, text]) => ({ name: path, data: Buffer.from(text) })));
  return { filename: `${name}-${version}-py3-none-any.whl`, bytes };
}

function tarball(name: string, files: Record<string, string>): Buffer {
  const work = path.join(folder, `npm-${name}`);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(work, "package", file)), { recursive: true });
    writeFileSync(path.join(work, "package", file), text);
  }
  execFileSync("tar", ["czf", path.join(work, "out.tgz"), "package"], { cwd: work });
  return readFileSync(path.join(work, "out.tgz"));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "memoir-packages-"));
  const wheels: Record<string, { filename: string; bytes: Buffer; broken?: boolean }[]> = {
    greet: [
      wheel("greet", "1.0", [], "VERSION = '1.0'"),
      wheel(
        "greet",
        "1.2",
        ["loud>=2,<3", 'windows-only; sys_platform == "win32"', 'more; extra == "all"', "pydantic>=2"],
        "import loud\nVERSION = '1.2'\ndef hello(name):\n    return loud.shout('hello ' + name)",
      ),
      wheel("greet", "2.0rc1", [], "VERSION = '2.0rc1'"),
    ],
    loud: [
      wheel("loud", "2.1", [], "def shout(text):\n    return text.upper()"),
      wheel("loud", "3.0", [], "def shout(text):\n    return 'wrong'"),
    ],
    forged: [{ ...wheel("forged", "1.0", [], "x = 1"), broken: true }],
  };
  const packages: Record<string, { version: string; dependencies?: Record<string, string>; bytes: Buffer }> = {
    "left-add": {
      version: "1.1.0",
      dependencies: { "plus-one": "^1.0.0" },
      bytes: tarball("left-add", {
        "package.json": JSON.stringify({
          name: "left-add",
          version: "1.1.0",
          main: "index.js",
          dependencies: { "plus-one": "^1.0.0" },
          scripts: { install: "touch ran" },
        }),
        "index.js":
          "const { plusOne } = require('plus-one'); module.exports = { add: (a, b) => plusOne(a + b) - 1, name: 'left-add' };",
      }),
    },
    "plus-one": {
      version: "1.0.3",
      bytes: tarball("plus-one", {
        "package.json": JSON.stringify({ name: "plus-one", version: "1.0.3", type: "module", exports: "./index.mjs" }),
        "index.mjs": "export const plusOne = (n) => n + 1; export default plusOne;",
      }),
    },
    "needs-fs": {
      version: "1.0.0",
      bytes: tarball("needs-fs", {
        "package.json": JSON.stringify({ name: "needs-fs", version: "1.0.0", main: "index.js" }),
        "index.js": "module.exports = require('node:fs').readFileSync('/etc/passwd');",
      }),
    },
  };
  server = createServer((request, response) => {
    const at = decodeURIComponent(request.url ?? "");
    asked.push(at);
    const page = /^\/simple\/([^/]+)\/$/.exec(at)?.[1];
    if (page && wheels[page]) {
      const files = wheels[page].map(({ filename, bytes, broken }) => ({
        filename,
        url: `../../files/${filename}`,
        hashes: { sha256: broken ? "0".repeat(64) : createHash("sha256").update(bytes).digest("hex") },
      }));
      files.push({ filename: `${page}-9.0-cp314-cp314-linux_x86_64.whl`, url: "nowhere", hashes: { sha256: "" } });
      response.setHeader("content-type", "application/vnd.pypi.simple.v1+json");
      return void response.end(JSON.stringify({ files }));
    }
    const file = Object.values(wheels)
      .flat()
      .find((one) => at === `/files/${one.filename}`);
    if (file) return void response.end(file.bytes);
    const tar = /^\/npm\/(.+)\.tgz$/.exec(at)?.[1];
    if (tar && packages[tar]) return void response.end(packages[tar].bytes);
    const name = /^\/npm\/([^/]+)$/.exec(at)?.[1];
    if (name && packages[name]) {
      const { version, dependencies = {}, bytes } = packages[name];
      const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
      const manifest = { name, version, dependencies, dist: { tarball: `${url}/npm/${name}.tgz`, integrity } };
      response.setHeader("content-type", "application/json");
      return void response.end(
        JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: manifest } }),
      );
    }
    response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  box = openTestSandbox("python", { pipIndex: `${url}/simple`, npmRegistry: `${url}/npm/` });
});

afterAll(async () => {
  await box.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const inPython = (source: string, ...requirements: [string, string | null][]) =>
  box.run(source, { requirements: requirements.map(([name, version]) => ({ name, version })) });
const inJavaScript = (source: string, ...names: string[]) =>
  box.run(source, { language: "javascript", requirements: names.map((name) => ({ name, version: null })) });

describe("Python packages", () => {
  test("the newest final wheel in pure Python is there, with what it requires here", async () => {
    const result = await inPython("import greet\n[greet.VERSION, greet.hello('ada')]", ["Greet", null]);
    expect(result.error).toBeNull();
    expect(result.value).toEqual(["1.2", "HELLO ADA"]);
  });

  test("a version is taken at its word", async () => {
    expect((await inPython("import greet\ngreet.VERSION", ["greet", "1.0"])).value).toBe("1.0");
    expect((await inPython("import greet\ngreet.VERSION", ["greet", "2.0rc1"])).value).toBe("2.0rc1");
    expect((await inPython("import greet\ngreet.VERSION", ["greet", ">=1,<1.1"])).value).toBe("1.0");
  });

  test("packages are fetched once", async () => {
    const before = asked.length;
    expect((await inPython("import greet\ngreet.VERSION", ["Greet", null])).value).toBe("1.2");
    expect(asked.length).toBe(before);
  });

  test("a call without the requirement does not see the package", async () => {
    await inPython("import greet", ["greet", null]);
    expect((await inPython("import greet")).error?.type).toBe("ModuleNotFoundError");
  });

  test("what can't be had is an error that says why", async () => {
    const absent = await inPython("1", ["absent", null]);
    expect(absent.error).toMatchObject({ type: "RequirementError", message: "the package index has no absent (404)" });
    const version = await inPython("1", ["greet", "7.0"]);
    expect(version.error?.message).toBe("greet 7.0 has no wheel in pure Python");
    const forged = await inPython("1", ["forged", null]);
    expect(forged.error?.message).toContain("checksum");
    const evil = await inPython("1", ["../../etc", null]);
    expect(evil.error?.type).toBe("RequirementError");
  });

  test("without an index, only what is kept can be had", async () => {
    const offline = openTestSandbox("python");
    const result = await offline.run("1", { requirements: [{ name: "greet", version: null }] });
    await offline.close();
    expect(result.error?.message).toContain("MEMOIR_PIP_INDEX");
  });

  test("pydantic and requests are there without being fetched", async () => {
    const result = await inPython(
      "import pydantic, requests\npydantic.BaseModel.__name__",
      ["pydantic", "2.0"],
      ["requests", null],
    );
    expect(result.value).toBe("BaseModel");
  });
});

describe("JavaScript packages", () => {
  test("a package is there with what it requires, and its scripts were not run", async () => {
    const source = "import all, { add } from 'left-add';\n[add(1, 2), all.name]";
    const result = await inJavaScript(source, "left-add");
    expect(result.error).toBeNull();
    expect(result.value).toEqual([3, "left-add"]);
  });

  test("packages are fetched once", async () => {
    const before = asked.length;
    expect((await inJavaScript("import { add } from 'left-add';\nadd(2, 2)", "left-add")).value).toBe(4);
    expect(asked.length).toBe(before);
  });

  test("what can't be had is an error that says why", async () => {
    expect((await inJavaScript("1", "absent-package")).error).toMatchObject({ type: "RequirementError" });
    expect((await inJavaScript("1", "needs-fs")).error?.message).toContain("can't be bundled");
    expect((await inJavaScript("1", "--global")).error?.message).toContain("is not a package");
    expect((await inJavaScript("import x from 'left-add'; x")).error?.message).toContain("no package left-add");
  });
});

describe("versions of Python packages", () => {
  test.each([
    ["1.10", ">=1.9", true],
    ["1.10", "<1.9", false],
    ["1.4.5", "~=1.4.2", true],
    ["1.5.0", "~=1.4.2", false],
    ["1.5.0", "~=1.4", true],
    ["2.0", "==2.*", true],
    ["2.0.0", "2.0", true],
    ["2.0", "!=2.0", false],
    ["3.1", ">=2,<4,!=3.0", true],
  ])("%s is %s: %s", (version, specifiers, expected) => {
    expect(satisfies(version, specifiers)).toBe(expected);
  });

  test("dependencies of extras, other systems and other Pythons are left out", () => {
    const metadata = `Requires-Dist: a (>=1.0)
Requires-Dist: b[extra]>=2; python_version >= "3.8"
Requires-Dist: c; python_version < "3.8"
Requires-Dist: d; extra == 'dev'
Requires-Dist: e; sys_platform == "win32" or (python_version > "3.0" and implementation_name == "cpython")`;
    expect(dependenciesOf(metadata)).toEqual([
      { name: "a", specifiers: ">=1.0", isRefused: false },
      { name: "b", specifiers: ">=2", isRefused: false },
      { name: "e", specifiers: "", isRefused: false },
    ]);
  });
});
