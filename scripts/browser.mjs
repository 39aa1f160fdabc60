import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { bin } from "./setup.mjs";

/** Chromium without what only a person at a screen needs: the pages' tests take two thirds of the processor time with it. */
const SHELL = "/usr/bin/chromium-headless-shell";

const KNOWN = [
  SHELL,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium: one that is there, or Debian's, or Playwright's own download. Null lets Playwright find its own. */
export function findBrowser() {
  const given = process.env.MEMOIR_BROWSER;
  if (given) return given;
  if (!existsSync(SHELL) && existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    console.log("Installing Chromium…");
    apt("update");
    // Older Debians have the whole browser alone.
    if (!apt("install", "-y", "chromium-headless-shell") && !KNOWN.some((file) => existsSync(file)))
      apt("install", "-y", "chromium");
  }
  const known = KNOWN.find((file) => existsSync(file));
  if (known) return known;
  spawnSync(bin("playwright"), ["install", "chromium"], { stdio: "inherit" });
  return "";
}

function apt(...args) {
  const { status } = spawnSync("apt-get", ["-qq", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}
