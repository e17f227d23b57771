import type { InterpreterProcess } from "./interpreter_process.ts";
import { LiveState } from "./live_state.ts";
import type { SessionState } from "./session_state.ts";

/** Options of a {@link ProcessPool}. */
interface PoolOptions {
  /** Number of concurrent processes. */
  readonly processes: number;
  /** A process whose memory grew beyond this is replaced before it serves again. */
  readonly retireBytes: number;
  /** Starts one process. @throws ProcessEndedError */
  start(): Promise<InterpreterProcess>;
}

const START_ATTEMPTS = 8;

interface Waiter {
  readonly resolve: (process: InterpreterProcess) => void;
  readonly reject: (reason: unknown) => void;
}

/** Keeps processes warm, replaces those that end, and lends each to one run at a time. */
export class ProcessPool {
  readonly #options: PoolOptions;
  readonly #idle: InterpreterProcess[] = [];
  readonly #all = new Set<InterpreterProcess>();
  readonly #waiters: Waiter[] = [];
  #starting = 0;
  /** Starts that failed in a row. */
  #failures = 0;
  #closed = false;

  /** No process is started before it is asked for. */
  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Starts the first process and waits for it; the others follow behind. */
  async warmUp(): Promise<void> {
    this.release(await this.acquire(null));
    this.#fill();
  }

  /**
   * Lends a process, one that holds `state` if it is free; waits while all are lent.
   * @throws ProcessEndedError when no process can be started
   */
  async acquire(state: SessionState | null, signal?: AbortSignal): Promise<InterpreterProcess> {
    signal?.throwIfAborted();
    if (this.#closed) throw new Error("Cannot run code: the interpreter is closed");
    // Rather one whose state nobody needs: another's would have to be saved first.
    const free = this.tryAcquire(state) ?? this.#take(isVacant) ?? this.#take(() => true);
    if (free !== null) return free;
    return await new Promise((resolve, reject) => {
      const onAbort = () => {
        const at = this.#waiters.indexOf(waiter);
        if (at >= 0) this.#waiters.splice(at, 1);
        reject(signal!.reason);
      };
      const waiter: Waiter = {
        resolve: (process) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(process);
        },
        reject,
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#fill();
    });
  }

  /** Lends the process that holds `state`, if it is free now. */
  tryAcquire(state: SessionState | LiveState | null): InterpreterProcess | null {
    return this.#take((process) => process.holds === state);
  }

  /** Lends an idle process that fits. */
  #take(fits: (process: InterpreterProcess) => boolean): InterpreterProcess | null {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      if (this.#idle[i].dead) this.#idle.splice(i, 1);
    }
    const at = this.#idle.findIndex(fits);
    return at < 0 ? null : this.#idle.splice(at, 1)[0];
  }

  /** True if a process grew so much that it will be replaced. */
  retires(process: InterpreterProcess): boolean {
    return process.memoryBytes > this.#options.retireBytes;
  }

  /** Takes back a process that was lent. */
  release(process: InterpreterProcess): void {
    if (this.retires(process)) process.kill();
    if (process.dead || this.#closed) {
      this.#drop(process);
      this.#fill();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#idle.push(process);
    else waiter.resolve(process);
  }

  /** Ends every process. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.reject(new Error("Cannot run code: the interpreter is closed"));
    }
    const all = [...this.#all];
    for (const process of all) process.kill();
    await Promise.all(all.map((process) => process.ended()));
    while (this.#starting > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  #drop(process: InterpreterProcess): void {
    process.kill();
    process.ended().then(() => this.#all.delete(process));
  }

  /** Starts processes until there are as many as there should be. */
  #fill(): void {
    if (this.#closed) return;
    const alive = [...this.#all].filter((process) => !process.dead).length;
    for (let n = alive + this.#starting; n < this.#options.processes; n++) this.#startOne();
  }

  async #startOne(): Promise<void> {
    this.#starting++;
    try {
      const process = await this.#options.start();
      this.#all.add(process);
      if (this.#closed) {
        process.kill();
        await process.ended();
      } else this.release(process);
      this.#failures = 0;
    } catch (error) {
      // One that is killed while it starts is tried again; what never starts is said.
      if (++this.#failures >= START_ATTEMPTS) this.#waiters.shift()?.reject(error);
      if (this.#waiters.length > 0) setTimeout(() => this.#fill(), 20);
    } finally {
      this.#starting--;
    }
  }
}

/** True if no session would miss the state that the process holds. */
function isVacant({ holds }: InterpreterProcess): boolean {
  return !(holds instanceof LiveState) || holds.dropped;
}
