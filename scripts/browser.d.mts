/** The path of a Chromium; empty where Playwright finds its own. */
export function findBrowser(): string;
