"use client";
import { Code } from "lucide-react";
import { useState } from "react";
import { LANGUAGES, type Language, type Operation, toCode } from "@/lib/client/api/code";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ScrollText } from "../ui/scroll-text";
import { CopyButton } from "./bits";

/** What is on the screen, as a program that a reader can take along. */
export function CopyAsCode({ operations }: { operations: readonly Operation[] }) {
  const [open, setOpen] = useState(false);
  const [language, setLanguage] = useState<Language>("TypeScript");
  return (
    <>
      <Button tone="ghost" size="icon-sm" aria-label="Copy as code" title="Copy as code" onClick={() => setOpen(true)}>
        <Code />
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="As code"
        description="The requests behind this page, for the official clients or a shell."
      >
        <div className="flex items-center gap-1 px-4 pt-3" role="tablist" aria-label="Language">
          {LANGUAGES.map((one) => (
            <Button
              key={one}
              role="tab"
              aria-selected={one === language}
              tone={one === language ? "plain" : "ghost"}
              size="sm"
              onClick={() => setLanguage(one)}
            >
              {one}
            </Button>
          ))}
          <span className="ml-auto">
            {open && <CopyButton text={toCode(language, window.location.origin, operations)} label="Copy the code" />}
          </span>
        </div>
        <ScrollText label="Code" className="px-4 pb-4">
          {open && toCode(language, window.location.origin, operations)}
        </ScrollText>
      </Dialog>
    </>
  );
}
