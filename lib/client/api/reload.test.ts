import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { reload } from "./reload";

/** A query whose answers are taken when it begins, and given when they are let go. */
function watched(client: QueryClient) {
  let version = 1;
  const waiting: (() => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ["list"],
    queryFn: async () => {
      const seen = version;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return seen;
    },
  });
  const stop = observer.subscribe(() => {});
  const answer = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { change: () => void version++, answer, stop, shown: () => observer.getCurrentResult().data };
}

it("what happens while a query loads for the first time is shown too", async () => {
  const client = new QueryClient();
  const list = watched(client);
  list.change();
  const done = reload(client, ["list"]);
  await list.answer();
  expect(list.shown()).toBe(1);
  await list.answer();
  await done;
  expect(list.shown()).toBe(2);
  list.stop();
});

it("a query that has loaded loads once more", async () => {
  const client = new QueryClient();
  const list = watched(client);
  await list.answer();
  list.change();
  const done = reload(client, ["list"]);
  await list.answer();
  await done;
  expect(list.shown()).toBe(2);
  list.stop();
});
