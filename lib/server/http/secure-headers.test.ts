import { describe, expect, test } from "vitest";
import { pageHeaders } from "./secure-headers";

/** The sources of a policy by what they are for. */
function policyOf(headers: Record<string, string>): Record<string, string[]> {
  const rules = headers["content-security-policy"]!.split(";").map((rule) => rule.trim().split(/\s+/));
  return Object.fromEntries(rules.map(([name, ...sources]) => [name, sources]));
}

describe("the headers of a page", () => {
  const headers = pageHeaders("abc", false);
  const policy = policyOf(headers);

  test("let run what carries its nonce, and nothing that is written into it", () => {
    for (const name of ["script-src", "style-src"]) {
      expect(policy[name]).toContain("'nonce-abc'");
      expect(policy[name]!.filter((source) => /unsafe|\*|^https?:|^data:/.test(source))).toEqual([]);
    }
    expect(policy["script-src"]).toContain("'strict-dynamic'");
  });

  test("let it be shown in no frame, and send nothing to others", () => {
    expect(policy).toMatchObject({
      "default-src": ["'self'"],
      "connect-src": ["'self'"],
      "form-action": ["'self'"],
      "frame-ancestors": ["'none'"],
      "object-src": ["'none'"],
      "base-uri": ["'none'"],
    });
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
    expect(headers["referrer-policy"]).toBe("same-origin");
  });
});
