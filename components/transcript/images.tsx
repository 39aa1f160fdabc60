"use client";
import { useState } from "react";
import type { ImagePart } from "@/lib/stream/message";
import { cn } from "../ui/cn";
import { Dialog } from "../ui/dialog";
import { RemoteImage } from "./remote-image";

/** Images of a message or a tool's return, small; each opens at its full size. */
export function Images({ images, className }: { images: readonly ImagePart[]; className?: string }) {
  if (images.length === 0) return null;
  return (
    <ul aria-label="Images" className={cn("flex flex-wrap gap-2 py-1", className)}>
      {images.map((image, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: images of a message never change their places
        <li key={index}>
          <OneImage image={image} name={images.length === 1 ? "Image" : `Image ${index + 1} of ${images.length}`} />
        </li>
      ))}
    </ul>
  );
}

/** Types that an `<img>` shows and that run nothing. */
const TYPES = /^image\/(png|jpeg|gif|webp)$/;

function OneImage({ image: { source }, name }: { image: ImagePart; name: string }) {
  const [open, setOpen] = useState(false);
  if (source.type === "url") return <RemoteImage src={source.url} alt={name} />;
  const type = source.media_type ?? "";
  if (!source.data || !TYPES.test(type)) {
    return (
      <span className="text-muted text-sm">
        {source.data ? `${name} of the type ${type}` : `${name} is on its way`}
      </span>
    );
  }
  const address = `data:${type};base64,${source.data}`;
  return (
    <>
      <button
        type="button"
        aria-label={`Open ${name.toLowerCase()}`}
        onClick={() => setOpen(true)}
        className="block rounded-md border border-line hover:border-line-strong"
      >
        {/* biome-ignore lint/performance/noImgElement: its bytes are in the page already */}
        <img src={address} alt={name} className="max-h-64 max-w-full rounded-md bg-white" />
      </button>
      {open && (
        <Dialog open onOpenChange={setOpen} title={name} width="xl">
          <div className="p-4">
            {/* biome-ignore lint/performance/noImgElement: as above */}
            <img src={address} alt={name} className="mx-auto max-h-[75vh] max-w-full bg-white" />
          </div>
        </Dialog>
      )}
    </>
  );
}
