"use client";
import type { SuiteItem } from "@/lib/client/suite/suite-queries";
import { cn } from "../ui/cn";
import { ItemStatus } from "./item-status";

type ItemGridProps = { items: readonly SuiteItem[]; chosen: string | null; onChoose: (itemId: string) => void };

/** Cases down, variants across; each repeat is a sign that shows what was found. */
export function ItemGrid({ items, chosen, onChoose }: ItemGridProps) {
  const cases = [...new Set(items.map((item) => item.case_name))];
  const variants = [...new Set(items.map((item) => item.variant))];
  return (
    <table className="w-full border-collapse text-left">
      <thead className={cn("text-muted text-sm", variants.length === 1 && variants[0] === "" && "sr-only")}>
        <tr className="border-line border-b">
          <th className="py-1 pr-3 font-normal">Case</th>
          {variants.map((variant) => (
            <th key={variant} className="py-1 pr-3 font-normal">
              {variant || "Result"}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {cases.map((name) => (
          <tr key={name} className="border-line border-b">
            <th scope="row" className="w-full break-words py-1.5 pr-3 text-left font-normal">
              {name}
            </th>
            {variants.map((variant) => (
              <td key={variant} className="py-1.5 pr-3 align-top">
                <span className="flex flex-wrap gap-1">
                  {items
                    .filter((item) => item.case_name === name && item.variant === variant)
                    .map((item) => (
                      <button
                        key={item.id}
                        type="button"
                        aria-pressed={item.id === chosen}
                        aria-label={labelOf(item)}
                        title={labelOf(item)}
                        onClick={() => onChoose(item.id)}
                        className="inline-flex size-6 items-center justify-center rounded-md border border-line hover:bg-hover aria-pressed:border-foreground"
                      >
                        <ItemStatus status={item.status} bare />
                      </button>
                    ))}
                </span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function labelOf({ case_name, variant, repeat, status, turns }: SuiteItem): string {
  const which = [case_name, variant, repeat > 1 ? `repeat ${repeat}` : ""].filter(Boolean).join(", ");
  return `${which}: ${status === "running" ? `running, ${turns} turns` : status}`;
}
