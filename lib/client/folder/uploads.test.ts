import { describe, expect, it } from "vitest";
import { ApiError } from "../api/api-error";
import { nextUploads, type Upload, uploadProblem, uploadsAfter } from "./uploads";

const upload = (key: number, state: Upload["state"]): Upload => ({
  key,
  file: new File(["x"], `${key}.txt`),
  duplicates: "suffix",
  state,
  share: 0,
  note: null,
});

describe("uploads", () => {
  it("go out three at a time, in order", () => {
    const all = [1, 2, 3, 4, 5].map((key) => upload(key, "waiting"));
    expect(nextUploads(all).map((one) => one.key)).toEqual([1, 2, 3]);
    const two = all.map((one) => (one.key < 3 ? { ...one, state: "sending" as const } : one));
    expect(nextUploads(two).map((one) => one.key)).toEqual([3]);
  });

  it("that failed leave room for the others", () => {
    expect(nextUploads([upload(1, "failed"), upload(2, "waiting")]).map((one) => one.key)).toEqual([2]);
  });

  it("change one at a time", () => {
    const all = uploadsAfter([], { type: "add", uploads: [upload(1, "waiting"), upload(2, "waiting")] });
    const sent = uploadsAfter(all, { type: "set", key: 2, change: { share: 0.5 } });
    expect(sent.map((one) => one.share)).toEqual([0, 0.5]);
    expect(uploadsAfter(sent, { type: "remove", key: 1 }).map((one) => one.key)).toEqual([2]);
  });

  it("say in words why they failed", () => {
    expect(uploadProblem(new ApiError(409, "CONFLICT: x"))).toMatch(/^There is a file of this name already/);
    expect(uploadProblem(new ApiError(415, "Unsupported file type: 'a.bin'"))).toBe("Unsupported file type: 'a.bin'");
    expect(uploadProblem(new ApiError(0, ""))).toMatch(/did not answer/);
  });
});
