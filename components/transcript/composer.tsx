"use client";
import { ChevronDown, ImagePlus, Send, Square, X } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import { useMay } from "@/lib/client/access/permissions";
import { useFileDrop } from "@/lib/client/folder/use-file-drop";
import { type Base64Image, MAX_IMAGES, readImages } from "@/lib/client/run/read-images";
import { useHydrated } from "@/lib/client/screen/use-hydrated";
import { DropOverlay } from "../folder/drop-overlay";
import { Button } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";

type Role = "user" | "system";

type ComposerProps = {
  agentName: string;
  live: boolean;
  /** Why nothing can be sent now, if so. */
  blocked: string | null;
  onSend: (role: Role, text: string, images: readonly Base64Image[]) => void;
  onStop: () => void;
  stopping: boolean;
};

const MAX_PX = 200;

/** Where a message is written: as whom, what, and stop while the agent works. */
export function Composer({ agentName, live, blocked, onSend, onStop, stopping }: ComposerProps) {
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role>("user");
  const field = useRef<HTMLTextAreaElement>(null);
  const isHydrated = useHydrated();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, MAX_PX)}px`;
  }, [text]);

  const { why } = useMay("agents.messages.stream");
  const { images, problem, add, remove, clear } = useImages();
  const over = useFileDrop((files) => void add(files));
  const ready = !live && blocked === null && (text.trim() !== "" || images.length > 0);
  function send() {
    if (!ready) return;
    onSend(role, text.trim(), images);
    setText("");
    clear();
  }

  if (why !== null) {
    return (
      <p className="m-2 rounded-lg border border-line p-3 text-muted sm:m-3">
        {why} Testers and those above them talk to {agentName}.
      </p>
    );
  }
  return (
    <form
      className="m-2 flex flex-col rounded-lg border border-line-strong bg-background focus-within:border-ring sm:m-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <DropOverlay shown={over}>Send images to {agentName}</DropOverlay>
      {images.length > 0 && (
        <ul aria-label="Images to send" className="flex flex-wrap gap-2 px-3 pt-2">
          {images.map((image, index) => (
            <li key={image.source.data} className="relative">
              {/* biome-ignore lint/performance/noImgElement: its bytes are in the page */}
              <img
                src={addressOf(image)}
                alt={`Attachment ${index + 1}`}
                className="h-16 rounded-md border border-line"
              />
              <Button
                size="icon-sm"
                className="absolute -top-2 -right-2"
                aria-label={`Remove image ${index + 1}`}
                onClick={() => remove(index)}
              >
                <X />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {problem && (
        <p role="alert" className="px-3 pt-2 text-error text-sm">
          {problem}
        </p>
      )}
      <textarea
        ref={field}
        onPaste={(event) => {
          const files = [...event.clipboardData.files];
          if (files.length === 0) return;
          event.preventDefault();
          void add(files);
        }}
        readOnly={!isHydrated}
        rows={1}
        aria-label={`Message to ${agentName}`}
        placeholder={blocked ?? `Message to ${agentName}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className="max-h-50 resize-none bg-transparent px-3 pt-2 text-base outline-none focus-visible:outline-none"
      />
      <div className="flex items-center gap-2 p-1.5">
        <RoleChip role={role} onChange={setRole} />
        <ImageButton onFiles={(files) => void add(files)} />
        <span className="ml-auto hidden text-muted text-xs sm:inline">⏎ send · ⇧⏎ new line</span>
        {live ? (
          <Button size="sm" tone="danger" className="ml-auto sm:ml-0" onClick={onStop} disabled={stopping}>
            <Square /> {stopping ? "Stopping…" : "Stop"}
          </Button>
        ) : (
          <Button size="sm" tone="primary" className="ml-auto sm:ml-0" type="submit" disabled={!ready}>
            <Send /> Send
          </Button>
        )}
      </div>
    </form>
  );
}

const addressOf = ({ source }: Base64Image) => `data:${source.media_type};base64,${source.data}`;

/** Images that were pasted, dropped or chosen, until they are sent. */
function useImages() {
  const [images, setImages] = useState<readonly Base64Image[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  async function add(files: readonly File[]) {
    const read = await readImages(files);
    setProblem(read.problem);
    setImages((before) => {
      const all = [
        ...before,
        ...read.images.filter((one) => before.every((other) => other.source.data !== one.source.data)),
      ];
      if (all.length > MAX_IMAGES) setProblem(`A message takes ${MAX_IMAGES} images at most.`);
      return all.slice(0, MAX_IMAGES);
    });
  }
  const remove = (index: number) => setImages((before) => before.filter((_, at) => at !== index));
  const clear = () => {
    setImages([]);
    setProblem(null);
  };
  return { images, problem, add, remove, clear };
}

function ImageButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        size="icon-sm"
        tone="ghost"
        aria-label="Add images"
        title="Add images: choose, paste or drop them"
        onClick={() => chooser.current?.click()}
      >
        <ImagePlus />
      </Button>
      <input
        ref={chooser}
        type="file"
        accept="image/png,image/jpeg,image/gif,image/webp"
        multiple
        hidden
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </>
  );
}

function RoleChip({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  return (
    <Menu
      trigger={
        <Button size="sm" tone="ghost" aria-label={`Send as ${role}`}>
          as {role} <ChevronDown />
        </Button>
      }
    >
      <MenuItem onSelect={() => onChange("user")}>as user: what a person says</MenuItem>
      <MenuItem onSelect={() => onChange("system")}>as system: what the application says</MenuItem>
    </Menu>
  );
}
