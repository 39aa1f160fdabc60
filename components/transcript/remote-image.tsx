"use client";
import { type ComponentProps, useState } from "react";

/** An image at an address of others, which is asked only when a person says so. */
export function RemoteImage({ src, alt }: ComponentProps<"img">) {
  const [shown, setShown] = useState(false);
  if (typeof src !== "string") return null;
  if (shown) {
    // biome-ignore lint/performance/noImgElement: a remote address that a person asked for, which next/image does not know
    return <img src={src} alt={alt ?? ""} className="max-h-80 rounded-md" referrerPolicy="no-referrer" />;
  }
  return (
    <button
      type="button"
      onClick={() => setShown(true)}
      className="rounded-md border border-line px-2 py-1 text-muted text-sm hover:bg-hover"
    >
      Image from {hostOf(src)}
      {alt ? ` (${alt})` : ""} — load it
    </button>
  );
}

function hostOf(src: string): string {
  try {
    return new URL(src, window.location.href).host;
  } catch {
    return "an unknown place";
  }
}
