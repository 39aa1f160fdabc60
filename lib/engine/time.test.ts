import { describe, expect, it } from "vitest";
import { formatIso, formatTime, timeAgo, wallTimeToMs } from "./time";

const WINTER = "2026-01-02T03:04:05.678Z";
const SUMMER = "2026-07-02T12:04:05Z";

describe("formatTime", () => {
  // Expected texts are those of Python's strftime with zoneinfo.
  it.each([
    [WINTER, "UTC", "2026-01-02 03:04:05 AM UTC+0000"],
    [SUMMER, "UTC", "2026-07-02 12:04:05 PM UTC+0000"],
    [WINTER, "Europe/Berlin", "2026-01-02 04:04:05 AM CET+0100"],
    [SUMMER, "Europe/Berlin", "2026-07-02 02:04:05 PM CEST+0200"],
    [WINTER, "America/Los_Angeles", "2026-01-01 07:04:05 PM PST-0800"],
    [WINTER, "Asia/Kolkata", "2026-01-02 08:34:05 AM IST+0530"],
    [WINTER, "America/Sao_Paulo", "2026-01-02 12:04:05 AM -03-0300"],
    [WINTER, "Asia/Kathmandu", "2026-01-02 08:49:05 AM +0545+0545"],
    [WINTER, "Asia/Shanghai", "2026-01-02 11:04:05 AM CST+0800"],
  ])("writes %s in %s as strftime does", (iso, timezone, expected) => {
    expect(formatTime(iso, timezone)).toBe(expected);
  });

  it("takes an unknown timezone for UTC", () => {
    expect(formatTime(WINTER, "Mars/Olympus")).toBe("2026-01-02 03:04:05 AM UTC+0000");
  });
});

describe("formatIso", () => {
  it("writes local time with its offset", () => {
    expect(formatIso(WINTER, "UTC")).toBe("2026-01-02T03:04:05+00:00");
    expect(formatIso(WINTER, "America/Los_Angeles")).toBe("2026-01-01T19:04:05-08:00");
  });
});

describe("timeAgo", () => {
  it.each([
    ["2026-01-02T03:04:05Z", "0s ago"],
    ["2026-01-02T03:03:06Z", "59s ago"],
    ["2026-01-02T02:59:05Z", "5m ago"],
    ["2026-01-02T02:04:05Z", "1h ago"],
    ["2026-01-01T03:04:05Z", "1d ago"],
    ["2025-01-02T03:04:05Z", "365d ago"],
    ["2027-01-02T03:04:05Z", "0s ago"],
  ])("%s", (iso, expected) => {
    expect(timeAgo(iso, "2026-01-02T03:04:05Z")).toBe(expected);
  });
});

describe("wallTimeToMs", () => {
  it.each([
    ["2026-07-01T12:00:00Z", "2026-07-01T10:00:00.000Z"],
    ["2026-03-29T01:30:00Z", "2026-03-29T00:30:00.000Z"],
    ["2026-03-29T03:30:00Z", "2026-03-29T01:30:00.000Z"],
    // Skipped and repeated hours.
    ["2026-03-29T02:30:00Z", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25T02:30:00Z", "2026-10-25T00:30:00.000Z"],
    ["2026-10-25T03:30:00Z", "2026-10-25T02:30:00.000Z"],
  ])("reads the clock of Berlin at %s as %s", (wall, utc) => {
    expect(new Date(wallTimeToMs(Date.parse(wall), "Europe/Berlin")).toISOString()).toBe(utc);
  });
});
