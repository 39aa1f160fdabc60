import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SandboxResult } from "../sandbox";
import { openTestSandbox, type TestSandbox } from "../testing/open";
import { addPackage, addWheel, startTestServer, type TestServer, wheelOf } from "../testing/registry";

const CANARY = "the-canary-of-the-host";
let host: string;
let registry: TestServer;
/** Another server of this machine, which nothing of a package may reach. */
let inner: TestServer;
let box: TestSandbox;

beforeAll(async () => {
  host = mkdtempSync(path.join(tmpdir(), "memoir-host-"));
  writeFileSync(path.join(host, "secret.txt"), CANARY);
  writeFileSync(path.join(host, "secret.js"), `module.exports = ${JSON.stringify(CANARY)};`);
  writeFileSync(path.join(host, "secret.json"), JSON.stringify({ secret: CANARY }));
  process.env.MEMOIR_CANARY = CANARY;
  registry = await startTestServer();
  inner = await startTestServer();
  inner.answers.set("/stolen.tgz", CANARY);
  box = openTestSandbox("javascript", { pipIndex: `${registry.url}/simple`, npmRegistry: `${registry.url}/npm/` });
});

afterAll(async () => {
  await box.close();
  registry.close();
  inner.close();
  rmSync(host, { recursive: true, force: true });
});

const npm = (name: string, version: string | null = null) =>
  box.run(`import all from ${JSON.stringify(name)};\nJSON.stringify(all)`, { requirements: [{ name, version }] });
const pip = (name: string, version: string | null = null, inBox = box) =>
  inBox.run(`import ${/^\w+$/.test(name) ? name : "sys"} as it\nit.WHO`, {
    ...{ language: "python", requirements: [{ name, version }] },
  });

function expectRefused(result: SandboxResult, words: RegExp): void {
  expect(result.error?.type).toBe("RequirementError");
  expect(result.error?.message).toMatch(words);
  expect(JSON.stringify(result)).not.toContain(CANARY);
}

/** Everything that is below a folder, as one text. */
function textOf(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(path.join(one.parentPath, one.name), "latin1"))
    .join("\n");
}

describe("a JavaScript package sees nothing of the host when it is put together", () => {
  const up = "../".repeat(30);
  const at = (kind: string) => path.join(host, `secret.${kind}`);

  test("whatever a require, a field of its package.json or a link in it names", async () => {
    const ways: Record<string, string> = {
      "an absolute path": at("js"),
      "an absolute path of text": at("txt"),
      "a path that climbs out": `${up}${at("json")}`,
      "a file: address": `file://${at("js")}`,
      "the environment of the process": "/proc/self/environ",
      "the file of passwords": "/etc/passwd",
      "a symbolic link": "./symbolic.js",
      "a hard link": "./hard.js",
      "a linked folder": "./folder/secret.js",
      "its browser field, by a file": "./mapped.js",
      "its browser field, by a package": "mapped",
      "the main file of another": "by-main",
      "the exports of another": "by-exports",
      "the imports of its own": "#inner",
    };
    const tries = Object.entries(ways).map(
      ([what, of]) => `try { seen[${JSON.stringify(what)}] = require(${JSON.stringify(of)}); } catch { refused += 1; }`,
    );
    addPackage(registry, {
      name: "reads",
      manifest: {
        browser: { "./mapped.js": `${up}${at("js")}`, mapped: at("js") },
        imports: { "#inner": `./${up}${at("js")}` },
      },
      files: {
        "index.js": `const seen = {}; let refused = 0; ${tries.join("\n")}\nmodule.exports = { seen, refused };`,
        "node_modules/by-main/package.json": JSON.stringify({ main: `${up}${at("js")}` }),
        "node_modules/by-exports/package.json": JSON.stringify({ exports: { ".": `./${up}${at("js")}` } }),
      },
      entries: [
        { name: "package/symbolic.js", type: "2", link: at("js") },
        { name: "package/hard.js", type: "1", link: at("js") },
        { name: "package/folder", type: "2", link: host },
      ],
    });
    const result = await npm("reads");
    expect(result.error).toBeNull();
    expect(JSON.parse(String(result.value))).toEqual({ seen: {}, refused: Object.keys(ways).length });
    expect(textOf(box.dataDir)).not.toContain(CANARY);
  });

  test("whatever an import with a type, a tsconfig or a style sheet names", async () => {
    const types = ["text", "json", "bytes", "file"].map(
      (type, n) => `import a${n} from "${at("json")}" with { type: "${type}" };`,
    );
    addPackage(registry, { name: "typed", files: { "index.js": `${types.join("\n")} export default [a0, a1, a2];` } });
    const paths = { extends: at("json"), compilerOptions: { baseUrl: "/", paths: { "a/*": [`${host}/*`] } } };
    addPackage(registry, {
      name: "configured",
      manifest: { main: "index.ts" },
      files: {
        "index.ts": 'import a from "a/secret.js"; import "./a.css"; export default a;',
        "a.css": `@import "${at("txt")}"; a { background: url(${at("txt")}); }`,
        "tsconfig.json": JSON.stringify(paths),
      },
    });
    for (const result of await Promise.all([npm("typed"), npm("configured")])) {
      expectRefused(result, /can't be bundled.*Could not resolve/);
    }
    expect(textOf(box.dataDir)).not.toContain(CANARY);
  });

  test("because the process that does it has no environment, reads only its own programs, and writes and starts nothing", async () => {
    const seen: { args: string; environment: string }[] = [];
    registry.answers.set("/npm/held", (_, response) => {
      const rows = execFileSync("ps", ["-e", "-o", "pid=,args="], { encoding: "utf8" }).split("\n");
      for (const row of rows) {
        const [, pid, args = ""] = /^\s*(\d+)\s+(\S*node .*workers\/packages\.mjs .*)$/.exec(row) ?? [];
        if (pid) seen.push({ args, environment: readFileSync(`/proc/${pid}/environ`, "utf8") });
      }
      response.writeHead(404).end();
    });
    await npm("held");
    expect(seen.length).toBeGreaterThan(0);
    for (const { args, environment } of seen) {
      expect(args).toMatch(/ --(experimental-)?permission /);
      expect(args).not.toMatch(/--allow-(fs-write|child-process|worker|addons|wasi|net|inspector)/);
      const readable = [...args.matchAll(/--allow-fs-read=(\S+)/g)].map((match) => match[1]!);
      expect(
        readable.every((one) => /node_modules\/(semver|esbuild-wasm|fflate)\/$|sandbox\/workers\/$/.test(one)),
      ).toBe(true);
      expect(environment.split("\0").filter((one) => !/^(PATH|NODE_ENV|PWD|OLDPWD|SHLVL|_)=|^$/.test(one))).toEqual([]);
    }
  });

  test("a file of a tarball stands below the package, whatever its name, and nothing is written to the disk", async () => {
    const before = textOf(host);
    addPackage(registry, {
      name: "climbs",
      files: { "index.js": "module.exports = [typeof require, 'fine'][1];" },
      entries: [
        { name: `package/${up}${host}/secret.txt`, text: "overwritten" },
        { name: `${host}/secret.txt`, text: "overwritten" },
        { name: "package/../../../node_modules/left-pad/index.js", text: "module.exports = 'planted'" },
      ],
    });
    expect((await npm("climbs")).value).toBe('"fine"');
    expect(textOf(host)).toBe(before);
  });
});

describe("a JavaScript package comes from the registry, with all that it requires", () => {
  const elsewhere = (): [string, RegExp][] => [
    [`git+file://${host}`, /a git repository/],
    ["git+ssh://git@127.0.0.1/a/b.git", /a git repository/],
    ["git://127.0.0.1/a.git", /a git repository/],
    ["github:a/b", /a git repository/],
    ["a/b", /somewhere else/],
    [`${inner.url}/stolen.tgz`, /a web address/],
    [`file:${host}`, /files of a machine/],
    [`link:${host}`, /files of a machine/],
    ["../../..", /files of a machine/],
    ["workspace:*", /a workspace/],
    [`npm:${inner.url}/stolen.tgz`, /can't be one/],
    [`npm:stolen@${inner.url}/stolen.tgz`, /a web address/],
  ];
  test.each(["dependencies", "optionalDependencies", "peerDependencies"])("no other source in %s", async (field) => {
    const results = elsewhere().map(async ([spec, words], n) => {
      addPackage(registry, { name: `${field}-${n}`.toLowerCase(), manifest: { [field]: { stolen: spec } } });
      // What is asked for requires it only by another.
      const name = `outer-${field}-${n}`.toLowerCase();
      addPackage(registry, { name, manifest: { dependencies: { [`${field}-${n}`.toLowerCase()]: "^1.0.0" } } });
      return [await npm(name), words] as const;
    });
    for (const [result, words] of await Promise.all(results)) expectRefused(result, words);
    expect(inner.asked).toEqual([]);
  });

  test("nor in what its own package.json says and the registry does not", async () => {
    const own = JSON.stringify({ name: "two-faced", dependencies: { stolen: `${inner.url}/stolen.tgz` } });
    addPackage(registry, { name: "two-faced", files: { "package.json": own, "index.js": "module.exports = 1" } });
    expectRefused(await npm("two-faced"), /a web address/);
    expect(inner.asked).toEqual([]);
  });

  test("nor by the address that the registry gives for a tarball, or redirects to", async () => {
    const addresses = [
      `${inner.url}/stolen.tgz`,
      `file://${host}/secret.txt`,
      "http://169.254.169.254/latest",
      "no address ://",
    ];
    for (const [n, tarball] of addresses.entries()) {
      addPackage(registry, { name: `led-${n}`, dist: { tarball } });
      expectRefused(await npm(`led-${n}`), /another address than the package index|names no address|has no led/);
    }
    addPackage(registry, { name: "sent-away" });
    const away = { location: `${inner.url}/stolen.tgz` };
    registry.answers.set("/npm/sent-away/-/1.0.0.tgz", (_, response) => void response.writeHead(302, away).end());
    expectRefused(await npm("sent-away"), /another address than the package index/);
    registry.answers.set("/npm/page-away", (_, response) => void response.writeHead(301, away).end());
    expectRefused(await npm("page-away"), /another address than the package index/);
    expect(inner.asked).toEqual([]);
  });

  test("an alias of another package of the registry is one of its packages", async () => {
    addPackage(registry, { name: "real", files: { "index.js": "module.exports = 'real';" } });
    addPackage(registry, {
      ...{ name: "aliased", manifest: { dependencies: { other: "npm:real@^1.0.0" } } },
      files: { "index.js": "module.exports = require('other');" },
    });
    expect((await npm("aliased")).value).toBe('"real"');
  });

  test.each([
    ["a checksum that is not the tarball's", { integrity: `sha512-${"A".repeat(86)}==` }, /checksum differs/],
    ["no checksum", { integrity: undefined }, /gives no checksum/],
    ["a checksum that can be forged", { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }, /gives no checksum/],
  ])("not with %s", async (what, dist, words) => {
    const name = `sum-${createHash("sha256").update(what).digest("hex").slice(0, 8)}`;
    addPackage(registry, { name, dist });
    expectRefused(await npm(name), words);
  });

  test.each(["../etc", "a/../b", "http://127.0.0.1/x", "a@npm:b", "--prefix", "a b", "%2e%2e", "a".repeat(300)])(
    "the name %s is none",
    async (name) => {
      const before = registry.asked.length;
      expectRefused(await npm(name), /is not a package/);
      expect(registry.asked.length).toBe(before);
    },
  );

  test.each(["file:x", "../x", "http://127.0.0.1/x.tgz", "a/b", "npm:x"])("the version %s is none", async (version) => {
    expectRefused(await npm("real", version), /is not a package/);
  });

  test("what has no end is cut, packed and unpacked, and costs its own process alone", async () => {
    addPackage(registry, { name: "endless" });
    registry.answers.set("/npm/endless/-/1.0.0.tgz", (_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(1 << 20))) {}
      };
      response.on("drain", more);
      more();
    });
    addPackage(registry, { name: "bomb", bytes: gzipSync(Buffer.alloc(300 << 20), { level: 1 }) });
    const [endless, bomb] = await Promise.all([npm("endless"), npm("bomb")]);
    expectRefused(endless, /is larger than/);
    expectRefused(bomb, /too large/);
  }, 60_000);
});

describe("what was kept is what it was, or it is not used", () => {
  test("a bundle or a wheel that somebody changed on the disk is made anew", async () => {
    addPackage(registry, { name: "kept", files: { "index.js": "module.exports = 'as it was';" } });
    addWheel(registry, "keptwheel", wheelOf("keptwheel", "WHO = 'as it was'"));
    expect((await npm("kept")).value).toBe('"as it was"');
    expect((await pip("keptwheel")).value).toBe("as it was");
    let changed = 0;
    for (const kind of ["kept-modules", "kept-wheels"]) {
      const folder = path.join(box.dataDir, "sandbox", kind);
      for (const name of readdirSync(folder).filter((one) => /^[0-9a-f]{64}$/.test(one))) {
        const planted = wheelOf("keptwheel", "WHO = 'planted'");
        const text = "export default 'planted'; export const __memoir_all = { default: 'planted' };";
        writeFileSync(path.join(folder, name), kind === "kept-wheels" ? planted : text);
        changed += 1;
      }
    }
    expect(changed).toBeGreaterThanOrEqual(2);
    expect((await npm("kept")).value).toBe('"as it was"');
    expect((await pip("keptwheel")).value).toBe("as it was");
  });

  test("two indexes have the same name and version of a wheel, and each gets its own", async () => {
    const other = await startTestServer();
    addWheel(registry, "same", wheelOf("same", "WHO = 'the first'"));
    addWheel(other, "same", wheelOf("same", "WHO = 'the second'"));
    expect((await pip("same")).value).toBe("the first");
    const dataDir = mkdtempSync(path.join(tmpdir(), "memoir-shared-"));
    rmSync(dataDir, { recursive: true });
    symlinkSync(box.dataDir, dataDir);
    const second = openTestSandbox("python", { pipIndex: `${other.url}/simple` }, { dataDir });
    expect((await pip("same", null, second)).value).toBe("the second");
    await second.sandbox.close();
    rmSync(dataDir);
    other.close();
    expect((await pip("same")).value).toBe("the first");
  });
});

describe("a Python package comes from the index, with all that it requires", () => {
  test("a name that is none is not asked for, at the index or elsewhere", async () => {
    const before = registry.asked.length;
    const names = [
      ...[`${inner.url}/x`, `//127.0.0.1/x`, "../x", "a/../../x", "a?b", "a#b", "%2e%2e", "a\\b", "a b", ".", "", "-a"],
      ...[`six @ ${inner.url}/six.whl`, `git+file://${host}`, "six[a]", "sïx", "a".repeat(300)],
    ];
    for (const name of names) expectRefused(await pip(name), /is not the name of a Python package/);
    for (const version of [`@ ${inner.url}/x`, "1; import os", "../1", "a".repeat(300)]) {
      expectRefused(await pip("six", version), /is not a version/);
    }
    expect([registry.asked.length - before, inner.asked]).toEqual([0, []]);
  });

  test("links and redirects to other addresses are not followed", async () => {
    const bytes = wheelOf("linked", "WHO = 1");
    inner.answers.set("/linked.whl", bytes);
    for (const url of [`${inner.url}/linked.whl`, `file://${host}/secret.txt`, "//169.254.169.254/x"]) {
      addWheel(registry, "linked", bytes, { url });
      expectRefused(await pip("linked"), /another address than the package index/);
    }
    addWheel(registry, "moved", bytes);
    const away = { location: `${inner.url}/linked.whl` };
    registry.answers.set("/simple/moved/", (_, response) => void response.writeHead(302, away).end());
    expectRefused(await pip("moved"), /another address than the package index/);
    addWheel(registry, "filemoved", wheelOf("filemoved", "WHO = 1"));
    registry.answers.set("/files/filemoved-1.0-py3-none-any.whl", (_, r) => void r.writeHead(307, away).end());
    expectRefused(await pip("filemoved"), /another address than the package index/);
    expect(inner.asked).toEqual([]);
  });

  test("origins that the operator names may hold its files", async () => {
    const bytes = wheelOf("mirrored", "WHO = 'mirror'");
    const mirror = await startTestServer();
    mirror.answers.set("/m.whl", bytes);
    addWheel(registry, "mirrored", bytes, { url: `${mirror.url}/m.whl` });
    const settings = {
      pipIndex: `${registry.url.replace("//", "//ada:s3cret@")}/simple`,
      packageOrigins: [mirror.url],
    };
    const second = openTestSandbox("python", settings);
    expect((await pip("mirrored", null, second)).value).toBe("mirror");
    const absent = await pip("absent", null, second);
    await second.close();
    mirror.close();
    // What the index is asked with stays with the index.
    expect(registry.asked.find((one) => one.path === "/simple/mirrored/")?.authorization).toMatch(/^Basic /);
    expect(mirror.asked).toEqual([{ path: "/m.whl", authorization: undefined }]);
    expect(JSON.stringify(absent)).not.toContain("s3cret");
  });

  test.each([
    ["no checksum", { hashes: {} }, /gives no checksum/],
    ["a weak checksum", { hashes: { md5: "0".repeat(32) } }, /gives no checksum/],
    ["another's checksum", { hashes: { sha256: "0".repeat(64) } }, /checksum differs/],
    ["a name that climbs", { filename: "../../../up-1.0-py3-none-any.whl" }, /no wheel in pure Python/],
    ["a name with folders", { filename: "a/b-1.0-py3-none-any.whl" }, /no wheel in pure Python/],
    ["another's name", { filename: "other-1.0-py3-none-any.whl" }, /no wheel in pure Python/],
  ])("a wheel with %s is refused", async (what, file, words) => {
    const name = `w${createHash("sha256").update(what).digest("hex").slice(0, 8)}`;
    addWheel(registry, name, wheelOf(name, "WHO = 1"), file);
    expectRefused(await pip(name), words);
  });

  test.each(["../../up.py", "/etc/up.py", "a/../../up.py", "a\\..\\..\\up.py", "C:/up.py"])(
    "a wheel with the file %s is refused",
    async (member) => {
      const name = `m${createHash("sha256").update(member).digest("hex").slice(0, 8)}`;
      addWheel(registry, name, wheelOf(name, "WHO = 1", { members: [member] }));
      expectRefused(await pip(name), /has files that a wheel can't have/);
    },
  );

  test("what a wheel requires comes from the index too", async () => {
    const requires = [
      `stolen @ ${inner.url}/stolen.whl`,
      `stolen@${inner.url}/stolen.whl ; python_version > "3"`,
      `stolen[a] @ git+file://${host}`,
      `${inner.url}/stolen.whl`,
      "../stolen",
    ];
    for (const [n, one] of requires.entries()) {
      addWheel(registry, `needs${n}`, wheelOf(`needs${n}`, "WHO = 1", { requires: [one] }));
      expectRefused(await pip(`needs${n}`), /from an address/);
    }
    expect(inner.asked).toEqual([]);
  });

  test("an error says nothing of what was answered, and pages without an end are cut", async () => {
    registry.answers.set("/simple/garbage/", `{"files": ${CANARY}`);
    registry.answers.set("/simple/failing/", (_, response) => void response.writeHead(500).end(CANARY));
    registry.answers.set("/npm/garbage", CANARY);
    registry.answers.set("/simple/brokenwheel/", "");
    addWheel(registry, "brokenwheel", Buffer.from(CANARY.repeat(10)));
    registry.answers.set("/simple/endless/", (_, response) => {
      const more = () => {
        while (response.write(CANARY.repeat(20_000))) {}
      };
      response.on("drain", more);
      more();
    });
    expectRefused(await pip("garbage"), /can't be read/);
    expectRefused(await pip("failing"), /\(500\)/);
    expectRefused(await npm("garbage"), /can't be read/);
    expectRefused(await pip("brokenwheel"), /broken wheel/);
    expectRefused(await pip("endless"), /is larger than/);
  });
});
