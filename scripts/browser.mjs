import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { bin } from "./setup.mjs";

const KNOWN = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium: one that is there, or Debian's, or Playwright's own download. Null lets Playwright find its own. */
export function findBrowser() {
  const given = process.env.MEMOIR_BROWSER;
  if (given) return given;
  const known = KNOWN.find((file) => existsSync(file));
  if (known) return known;
  if (existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    console.log("Installing Chromium…");
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
    spawnSync("apt-get", ["install", "-y", "-qq", "chromium"], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (existsSync(KNOWN[0])) return KNOWN[0];
  }
  spawnSync(bin("playwright"), ["install", "chromium"], { stdio: "inherit" });
  return "";
}
