"use client";
import { DropdownMenu as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { type OperationId, useMay } from "@/lib/client/access/permissions";
import { cn } from "./cn";

type MenuProps = { trigger: ReactNode; children: ReactNode; align?: "start" | "end"; className?: string };

export function Menu({ trigger, children, align = "start", className }: MenuProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cn(
            "z-50 max-h-[60vh] min-w-44 overflow-auto rounded-md border border-line bg-raised p-1 shadow-lg",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

type ItemProps = ComponentProps<typeof Radix.Item> & {
  /** As of `Button`. */
  needs?: OperationId;
};

export function MenuItem({ className, needs, ...props }: ItemProps) {
  const { why } = useMay(needs);
  return (
    <Radix.Item
      className={cn(
        "flex min-h-7 cursor-pointer select-none items-center gap-2 rounded-sm px-2 py-1 outline-none data-disabled:cursor-not-allowed data-highlighted:bg-hover data-disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0",
        className,
      )}
      {...props}
      {...(why === null ? {} : { disabled: true, title: why })}
    />
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1 text-muted text-xs">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
