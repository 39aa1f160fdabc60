import { emptyUsage } from "@/lib/engine/state";
import { joinItems } from "@/lib/engine/whole-items";
import { joinRequests } from "@/lib/stream/fold";
import type { Item } from "@/lib/stream/item";
import { itemToWire } from "@/lib/stream/wire";
import { createItemShaper, type PresentOptions } from "../conversations/present";

/** What a run did, from its items, as the contract's LettaResponse: only what the agent made, shown as was asked for. */
export function responseOf(items: readonly Item[], present: PresentOptions) {
  const shape = createItemShaper(present);
  const stop = items.find((item) => item.type === "stop");
  const usage = items.find((item) => item.type === "usage");
  return {
    messages: joinRequests(joinItems(items))
      .flatMap(shape)
      .flatMap((item) => (isRunItem(item) ? [] : [itemToWire(item)])),
    stop_reason: { message_type: "stop_reason", stop_reason: stop?.stopReason ?? "error" },
    usage: itemToWire(usage ?? { type: "usage", ...emptyUsage() }),
    logprobs: null,
    turns: null,
  };
}

function isRunItem(item: Item): boolean {
  return item.type === "stop" || item.type === "usage" || item.type === "ping" || item.type === "error";
}
