"use client";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { cn } from "./cn";

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** How much room the content needs; on a phone every dialog fills the screen's width. */
  width?: "sm" | "md" | "lg" | "xl";
  children: ReactNode;
  footer?: ReactNode;
};

const WIDTHS = {
  sm: "sm:w-[420px]",
  md: "sm:w-[640px]",
  lg: "sm:w-[min(900px,94vw)]",
  xl: "sm:w-[min(1080px,94vw)] sm:h-[min(800px,88vh)]",
};

export function Dialog({ open, onOpenChange, title, description, width = "md", children, footer }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cn(
            "fixed inset-x-0 bottom-0 z-40 flex max-h-[92dvh] flex-col rounded-t-lg border border-line bg-background shadow-xl sm:inset-auto sm:top-1/2 sm:left-1/2 sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-lg",
            width === "xl" && "h-[92dvh]",
            WIDTHS[width],
          )}
        >
          <header className="flex items-start gap-2 border-line border-b px-4 py-2.5">
            <div className="min-w-0 flex-1">
              <Radix.Title className="truncate font-semibold text-lg">{title}</Radix.Title>
              {description && <Radix.Description className="text-muted text-sm">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button tone="ghost" size="icon-sm" aria-label="Close">
                <X />
              </Button>
            </Radix.Close>
          </header>
          <div className="relative min-h-0 flex-1 overflow-auto">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-line border-t px-4 py-2.5">{footer}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
