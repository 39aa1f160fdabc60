import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { startServer } from "../support/server";

const root = mkdtempSync(path.join(tmpdir(), "memoir-disk-"));
const disk = path.join(root, "disk");
mkdirSync(disk);
const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256m", "tmpfs", disk]).status === 0;
afterAll(() => {
  if (isMounted) spawnSync("umount", ["-l", disk]);
  rmSync(root, { recursive: true, force: true });
});

/** Writes until nothing more can be written. */
function fill(file: string): void {
  const handle = openSync(file, "w");
  try {
    for (const chunk of [new Uint8Array(1024 * 1024).fill(1), new Uint8Array(4096).fill(1)]) {
      try {
        for (;;) writeSync(handle, chunk);
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
      }
    }
  } finally {
    closeSync(handle);
  }
}

test("a server whose disk is full says that it is not ready, lives on, and is ready again when there is room", async (context) => {
  if (!isMounted) return context.skip("no disk can be made full here");
  const server = await startServer({ environment: { MEMOIR_DATA_DIR: path.join(disk, "data") } });
  try {
    const ready = async () => {
      const answer = await fetch(`${server.url}/v1/ready`);
      return [answer.status, await answer.text()] as const;
    };
    expect((await ready())[0]).toBe(200);
    const filler = path.join(disk, "filler");
    fill(filler);
    await expect.poll(ready).toEqual([503, expect.stringMatching(/disk.* is full/)]);
    expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
    rmSync(filler);
    await expect.poll(async () => (await ready())[0]).toBe(200);
    const headers = { "content-type": "application/json" };
    const made = await fetch(`${server.url}/v1/blocks/`, {
      method: "POST",
      headers,
      body: '{"label":"a","value":"b"}',
    });
    expect(made.status).toBe(200);
  } finally {
    await server.stop();
  }
});
