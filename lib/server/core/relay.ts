/** What servers tell each other, by topic. A room declares what it has to say here (`declare module "../core/relay"`). */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the rooms that have something to say
export interface Told {}

/** What servers ask each other: who has the answer gives it. Declared as `Told` is. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the rooms that have something to ask
export interface Asked {}

/**
 * The way to the other servers of the same database. Nothing that is told is kept: who is not there misses it, so that
 * only what can be read again, or is looked for again anyway, goes this way.
 */
export type Relay = {
  /** Tells all other servers, soon. Never throws, and waits for nobody. */
  tell<Topic extends keyof Told>(topic: Topic, data: Told[Topic]): void;
  /** Hears what others tell. */
  hear<Topic extends keyof Told>(topic: Topic, listener: (data: Told[Topic]) => void): void;
  /** Asks all other servers. @returns the first answer; null where none came in time, or there are no others. */
  ask<Topic extends keyof Asked>(
    topic: Topic,
    question: Asked[Topic]["question"],
  ): Promise<Asked[Topic]["answer"] | null>;
  /** Answers what others ask; undefined where this server has no answer. */
  answer<Topic extends keyof Asked>(
    topic: Topic,
    give: (question: Asked[Topic]["question"]) => Asked[Topic]["answer"] | undefined,
  ): void;
  /** Told when something may have been missed: what was followed has to be read again. */
  onGap(listener: () => void): void;
  close(): Promise<void>;
};

/** Of a server that is alone with its database. */
export function noRelay(): Relay {
  return {
    tell() {},
    hear() {},
    ask: async () => null,
    answer() {},
    onGap() {},
    close: async () => {},
  };
}
