import { existsSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasLocalPython, openTestSandbox, type TestSandbox } from "./testing/open";
import { workersFolder } from "./walls";

/** What of /tmp the jail shows of itself: the way to its own programs, where this checkout lies in there. */
const [room, way] = path.resolve(workersFolder()).split("/").filter(Boolean);
const shown = room === "tmp" && way ? [way] : [];

const SECRET = "the-secret-of-the-host";
const secretFile = path.join(tmpdir(), `memoir-local-secret-${process.pid}`);
const trace = path.join(tmpdir(), `memoir-local-trace-${process.pid}`);

/** The machine's own Python can do all that a process can: here the operating system's walls stand alone. */
describe.skipIf(!(await hasLocalPython()))("the machine's own Python", () => {
  let box: TestSandbox;
  let server: Server;
  let port: number;
  let visits = 0;
  beforeAll(async () => {
    writeFileSync(secretFile, SECRET, { mode: 0o644 });
    process.env.MEMOIR_HOST_SECRET = SECRET;
    server = createServer((_request, response) => {
      visits += 1;
      response.end(SECRET);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
    box = openTestSandbox("python", { python: "local" });
  });
  afterAll(async () => {
    await box.close();
    server.close();
  });

  const shell = async (command: string) => {
    const result = await box.run(
      `import subprocess\nsubprocess.run(["/bin/sh", "-c", ${JSON.stringify(command)}], capture_output=True, text=True).stdout`,
    );
    expect(result.error).toBeNull();
    return result.text;
  };

  test("the host's files are not there, and nothing but /tmp can be written", async () => {
    expect(await shell(`cat ${secretFile} /etc/passwd /etc/shadow /root/.bashrc; ls /etc /home /var /proc`)).toBe("");
    expect(await shell(`touch ${trace} /usr/x /x && echo WROTE`)).toBe("");
    expect(existsSync(trace)).toBe(false);
    expect((await shell("ls /tmp; echo kept > /tmp/kept")).split("\n").filter(Boolean)).toEqual(shown);
    expect(await shell("cat /tmp/kept; ls /work/main")).not.toMatch(/kept|package.json/);
  });

  test("the environment is empty, the user nobody, its rights none", async () => {
    expect(await shell("env")).not.toContain(SECRET);
    expect(await shell("mount -t tmpfs tmpfs /tmp && echo MOUNTED; chroot / /bin/sh -c 'echo ROOT'")).toBe("");
    expect(await shell("unshare --user --map-root-user --mount mount -t tmpfs tmpfs /usr && echo MOUNTED")).toBe("");
  });

  test("no process is listed: not by /proc, not by ps, not by its number", async () => {
    expect(await shell("ls /proc; ps -e | grep -v PID")).not.toMatch(/node|vitest|init/);
    const seen = await box.run(`import os
found = []
for pid in [${process.pid}, ${process.ppid}, *range(200, 5000)]:
    try:
        os.kill(pid, 0)
        found.append(pid)
    except ProcessLookupError:
        pass
    except PermissionError:
        found.append(pid)
[pid for pid in found if pid != os.getpid()]`);
    expect(seen).toMatchObject({ error: null, value: [] });
  });

  test("other processes can't be seen or ended", async () => {
    const result = await box.run(`import os
out = []
for pid in (1, ${process.pid}, os.getppid(), -1):
    try:
        os.kill(pid, 9) if pid not in (1, -1, os.getpid(), 0) else None
        out.append(pid if pid == ${process.pid} else None)
    except OSError as error:
        out.append(None)
[one for one in out if one]`);
    expect(JSON.stringify(result.value)).not.toContain(String(process.pid));
  });

  test("there is no network", async () => {
    const result = await box.run(`import socket, urllib.request
out = []
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", ${port}), 2),
    lambda: socket.create_connection(("169.254.169.254", 80), 2),
    lambda: socket.getaddrinfo("example.org", 80),
    lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    lambda: socket.create_connection(("::1", ${port}), 2),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", ${port})),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("169.254.169.254", 53)),
    lambda: socket.socket(socket.AF_UNIX).connect(${JSON.stringify(path.join(tmpdir(), "any.sock"))}),
):
    try:
        out.append(str(attempt()))
    except OSError:
        pass
out`);
    expect(result.value).toEqual([]);
    expect(visits).toBe(0);
  });

  test.each([
    ["a busy loop", "while True:\n    pass"],
    ["a sleep", "import time\ntime.sleep(1000)"],
    ["a loop in a child process", `import subprocess\nsubprocess.run(["/bin/sh", "-c", "while :; do :; done"])`],
    [
      "a child that lets go of its parent",
      `import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\ntime.sleep(1000)`,
    ],
  ])("%s ends at the time limit", async (_name, source) => {
    const result = await box.run(`print("before")\n${source}`, { limits: { timeoutMs: 1500 } });
    expect(result.status).toBe("timeout");
    expect(result.stdout).toEqual(["before"]);
  });

  test("a fork bomb ends with its call", async () => {
    const result = await box.run(
      "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
      {
        limits: { timeoutMs: 2000 },
      },
    );
    expect(["timeout", "killed"]).toContain(result.status);
    expect((await box.run("1")).value).toBe(1);
  });

  test("memory, output and recursion have limits", async () => {
    const memory = await box.run("x = bytearray(1 << 31)", { limits: { memoryBytes: 64 * 1024 * 1024 } });
    expect(memory.error?.type).toBe("MemoryError");
    const output = await box.run("while True:\n    print('x' * 100)", { limits: { outputChars: 1000 } });
    expect(output.error?.type).toBe("OutputLimitError");
    const deep = await box.run("def f(n):\n    return f(n + 1)\nf(0)");
    expect(deep.error?.type).toBe("RecursionError");
  });

  test("frames that the code writes itself are only its own word", async () => {
    const result = await box.run(`import socket, struct, json
pipe = socket.socket(fileno=3)
def send(head, blob=b""):
    text = json.dumps(head).encode()
    pipe.sendall(struct.pack(">II", len(text), len(blob)) + text + blob)
send({"type": "ask", "method": "fetch", "params": {"method": "GET", "url": "http://127.0.0.1:${port}/", "headers": {}}})
send({"type": "clean", "clean": True})
send({"type": "ready"})
pipe.sendall(b"\\xff" * 100)
import time
time.sleep(30)`);
    expect(result.status).toBe("killed");
    expect(visits).toBe(0);
    expect((await box.run("2")).value).toBe(2);
  });

  test("what a call leaves behind is gone for the next", async () => {
    await box.run("import builtins\nbuiltins.leak = 1\nopen('/tmp/leak', 'w').write('x')");
    const seen = await box.run("import builtins, os\n[hasattr(builtins, 'leak'), os.listdir('/tmp')]");
    expect(seen.value).toEqual([false, shown]);
  });
});
