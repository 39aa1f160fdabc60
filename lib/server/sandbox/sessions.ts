import type { SessionNews } from "./sandbox";
import type { Ending, Worker, WorkerKind } from "./worker";

export type SessionsOptions = {
  /**
   * The most sessions alive at once, each with a process of its own. An organization that has none gets one beyond them
   * when those of others are all at work: each of up to `most` organizations has one.
   */
  most: number;
  /** How long a session waits for its next call before it ends. */
  idleMs: number;
  /** Hands over a process, for good. */
  take(who: { kind: WorkerKind; organizationId: string; signal?: AbortSignal | undefined }): Promise<Worker>;
};

type Session = {
  key: string;
  organizationId: string;
  worker: Worker | null;
  /** Calls that run in it or wait to. */
  calls: number;
  isActing: boolean;
  /** Settles when the last of them is over. */
  turn: Promise<void>;
  idleTimer: NodeJS.Timeout | null;
};

/** Who is asked for: `name` means one session per organization and language. */
type Who = { kind: WorkerKind; organizationId: string; name: string; signal?: AbortSignal | undefined };

/** So many ends of sessions are remembered, to be told to whoever asks for one of them again. */
const REMEMBERED = 1000;
const WHY: Record<Exclude<Ending["kind"], "done">, string> = {
  timeout: "its code ran longer than it may",
  memory: "its code took more memory than it may",
  output: "its code wrote more than it may",
  cancelled: "a call in it was cancelled",
  died: "its process ended",
};

/**
 * Processes that keep what was left in them, each for one organization's session and for nothing else: none of them comes
 * from, or goes back to, where another session could meet it. Between calls they are halted.
 */
export function createSessions({ most, idleMs, take }: SessionsOptions) {
  // In the order of their last use.
  const sessions = new Map<string, Session>();
  const lost = new Map<string, string>();

  function remember(key: string, why: string): void {
    lost.delete(key);
    lost.set(key, why);
    const [oldest] = lost.keys();
    if (lost.size > REMEMBERED && oldest !== undefined) lost.delete(oldest);
  }

  function forget(session: Session, why: string): void {
    const { worker } = session;
    if (!worker) return;
    session.worker = null;
    remember(session.key, why);
    worker.process.kill();
  }

  function end(session: Session, why: string): void {
    if (session.idleTimer) clearTimeout(session.idleTimer);
    forget(session, why);
    if (sessions.get(session.key) === session) sessions.delete(session.key);
  }

  /** Room for one more: of the organization that holds most, the session goes that was not used for longest. */
  function makeRoom(organizationId: string): void {
    if (sessions.size < most) return;
    const held = new Map<string, number>();
    for (const { organizationId } of sessions.values()) held.set(organizationId, (held.get(organizationId) ?? 0) + 1);
    const idle = [...sessions.values()].filter(({ calls }) => calls === 0);
    const [victim] = idle.toSorted((a, b) => held.get(b.organizationId)! - held.get(a.organizationId)!);
    if (!victim && !held.has(organizationId) && held.size < most) return;
    if (!victim) throw new Error(`all ${most} sessions are at work: try again, or run the code without a session`);
    end(victim, "other sessions needed its place");
  }

  function enter({ kind, organizationId, name }: Who): Session {
    const key = JSON.stringify([organizationId, kind, name]);
    const known = sessions.get(key);
    if (!known) makeRoom(organizationId);
    const session: Session = known ?? {
      ...{ key, organizationId, worker: null, calls: 0, isActing: false },
      ...{ turn: Promise.resolve(), idleTimer: null },
    };
    sessions.delete(key);
    sessions.set(key, session);
    session.calls += 1;
    if (session.idleTimer) clearTimeout(session.idleTimer);
    return session;
  }

  function leave(session: Session): void {
    session.calls -= 1;
    if (session.calls > 0) return;
    if (!session.worker) {
      sessions.delete(session.key);
      return;
    }
    session.idleTimer = setTimeout(() => end(session, "it was not used for too long"), idleMs);
    session.idleTimer.unref();
  }

  async function act(session: Session, who: Who, use: (worker: Worker) => Promise<Ending>) {
    who.signal?.throwIfAborted();
    const news: SessionNews = { began: session.worker ? "continued" : "started", lost: null, ended: null };
    const worker = session.worker ?? (await begin(session, who));
    if (news.began === "started") {
      news.lost = lost.get(session.key) ?? null;
      lost.delete(session.key);
    } else worker.process.pause(false);
    const ending = await use(worker);
    if (!(await worker.cleaned())) news.ended = whyOf(ending);
    else if (!worker.process.pause(true)) news.ended = "its processes could not be halted";
    if (news.ended !== null) forget(session, news.ended);
    return { ending, news };
  }

  async function begin(session: Session, who: Who): Promise<Worker> {
    const worker = await take(who);
    session.worker = worker;
    void worker.process.exited.then(() => {
      if (session.worker !== worker || session.isActing) return;
      forget(session, WHY.died);
      if (session.calls === 0) end(session, WHY.died);
    });
    return worker;
  }

  return {
    /**
     * Runs one call in a session, after those that came before it.
     *
     * @throws Error when no session can be had, or the signal fires before the call's turn.
     */
    async run(who: Who, use: (worker: Worker) => Promise<Ending>): Promise<{ ending: Ending; news: SessionNews }> {
      const session = enter(who);
      let hasTurn = false;
      const acting = session.turn.then(async () => {
        hasTurn = true;
        session.isActing = true;
        try {
          return await act(session, who, use);
        } finally {
          session.isActing = false;
          leave(session);
        }
      });
      session.turn = acting.then(nothing, nothing);
      return new Promise((resolve, reject) => {
        const cancel = () => hasTurn || reject(new Error("cancelled"));
        if (who.signal?.aborted) cancel();
        who.signal?.addEventListener("abort", cancel, { once: true });
        acting.then(resolve, reject).finally(() => who.signal?.removeEventListener("abort", cancel));
      });
    },
    counts: () => ({ live: [...sessions.values()].filter(({ worker }) => worker !== null).length, most }),
    async close(): Promise<void> {
      const workers = [...sessions.values()].flatMap(({ worker }) => worker ?? []);
      for (const session of [...sessions.values()]) end(session, "the server stopped");
      await Promise.all(workers.map((worker) => worker.process.exited));
    },
  };
}

const nothing = () => {};

function whyOf(ending: Ending): string {
  if (ending.kind !== "done") return WHY[ending.kind];
  return ending.trouble === "memory" ? WHY.memory : "its interpreter failed";
}
