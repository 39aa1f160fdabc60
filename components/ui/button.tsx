import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import { type ComponentProps, isValidElement, type ReactNode } from "react";
import { type OperationId, useMay } from "@/lib/client/access/permissions";
import { cn } from "./cn";

export const buttonStyle = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        plain: "border-line bg-raised hover:bg-hover",
        primary: "border-accent bg-accent text-on-accent hover:opacity-90",
        ghost: "border-transparent text-muted hover:bg-hover hover:text-foreground",
        danger: "border-error/40 bg-raised text-error hover:bg-error/10",
      },
      size: {
        sm: "h-6 px-2 text-sm",
        md: "h-7 px-2.5 text-base",
        lg: "h-8 px-3 text-base",
        icon: "size-7 p-0",
        "icon-sm": "size-6 p-0",
      },
    },
    defaultVariants: { tone: "plain", size: "md" },
  },
);

type ButtonProps = ComponentProps<"button"> &
  VariantProps<typeof buttonStyle> & {
    asChild?: boolean;
    /** What it does, of the API: for who may not do that it is off, and says why. */
    needs?: OperationId;
  };

export function Button({ className, tone, size, asChild, needs, type = "button", ...props }: ButtonProps) {
  const { why } = useMay(needs);
  const isOff = why !== null;
  const Tag = asChild && !isOff ? Slot.Root : "button";
  return (
    <Tag
      {...(Tag === "button" ? { type } : {})}
      className={cn(buttonStyle({ tone, size }), className)}
      {...props}
      {...(isOff ? { disabled: true, title: why } : {})}
    >
      {asChild && isOff ? withinLink(props.children) : props.children}
    </Tag>
  );
}

/** What stands in a link that one may not follow. */
const withinLink = (link: ReactNode): ReactNode =>
  isValidElement<{ children?: ReactNode }>(link) ? link.props.children : link;
