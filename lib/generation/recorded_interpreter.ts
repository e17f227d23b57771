import type {
  CandidateRun,
  Execution,
  Interpreter,
  InterpreterSession,
  RunOptions,
  Tool,
} from "../interpreter/interpreter.ts";
import { sha256OfJson } from "../runs/hash.ts";
import type { TurnTimes } from "./recorded_model.ts";
import type { StoredAttempt } from "./step_store.ts";

/**
 * Puts an attempt's store before an interpreter: code that ran once in this attempt is not run again,
 * so that a resumed agent sees exactly what it saw before, even from code that draws random numbers or
 * reads the clock. When new code must run, what ran before it is run again first, for its state.
 *
 * A session is opened only when code must run.
 *
 * @param times the turns' times; each run is added to the last
 */
export function recordedInterpreter(
  interpreter: Interpreter,
  attempt: StoredAttempt,
  times: readonly TurnTimes[],
): Interpreter {
  return {
    open: (tools, signal) =>
      Promise.resolve(new RecordedSession(interpreter, attempt, times, tools, signal)),
    close: () => Promise.resolve(),
  };
}

class RecordedSession implements InterpreterSession {
  readonly #interpreter: Interpreter;
  readonly #attempt: StoredAttempt;
  readonly #times: readonly TurnTimes[];
  readonly #tools: readonly Tool[];
  readonly #signal: AbortSignal | undefined;
  /** Codes whose effects make the present state. */
  readonly #history: string[] = [];
  /** Steps among them that the open session has not run. */
  #behind: { readonly code: string; readonly options: RunOptions }[] = [];
  #session: InterpreterSession | null = null;

  constructor(
    interpreter: Interpreter,
    attempt: StoredAttempt,
    times: readonly TurnTimes[],
    tools: readonly Tool[],
    signal: AbortSignal | undefined,
  ) {
    this.#interpreter = interpreter;
    this.#attempt = attempt;
    this.#times = times;
    this.#tools = tools;
    this.#signal = signal;
  }

  async run(code: string, options: RunOptions = {}): Promise<Execution> {
    const hash = this.#hash("run", [code], options);
    const stored = this.#attempt.find("executions", hash);
    if (stored !== null) {
      this.#behind.push({ code, options });
      this.#history.push(code);
      this.#count(stored.durationMs);
      return stored.executions[0];
    }
    const session = await this.#ready(options);
    const startedAt = performance.now();
    const execution = await session.run(code, options);
    await this.#store(hash, [execution], performance.now() - startedAt);
    this.#history.push(code);
    return execution;
  }

  async runCandidates(codes: readonly string[], options: RunOptions = {}): Promise<CandidateRun> {
    const hash = this.#hash("candidates", codes, options);
    const stored = this.#attempt.find("executions", hash);
    const chosen = (index: number) => {
      this.#history.push(codes[index]);
    };
    if (stored !== null) {
      this.#count(stored.durationMs);
      return {
        executions: stored.executions,
        commit: (index) => {
          this.#behind.push({ code: codes[index], options });
          chosen(index);
          return Promise.resolve();
        },
      };
    }
    const session = await this.#ready(options);
    const startedAt = performance.now();
    const run = await session.runCandidates(codes, options);
    await this.#store(hash, run.executions, performance.now() - startedAt);
    return {
      executions: run.executions,
      commit: async (index) => {
        await run.commit(index);
        chosen(index);
      },
    };
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  /** The session, with the state that the history gives. */
  async #ready(options: RunOptions): Promise<InterpreterSession> {
    this.#session ??= await this.#interpreter.open(this.#tools, this.#signal);
    const behind = this.#behind;
    this.#behind = [];
    for (const earlier of behind) {
      await this.#session.run(earlier.code, { ...earlier.options, signal: options.signal });
    }
    return this.#session;
  }

  #hash(kind: string, codes: readonly string[], options: RunOptions): string {
    const { timeoutMs = null } = options;
    return sha256OfJson({ kind, history: this.#history, codes, timeoutMs });
  }

  #count(ms: number): void {
    const last = this.#times.at(-1);
    if (last) last.executeMs += ms;
  }

  async #store(request: string, executions: readonly Execution[], durationMs: number) {
    this.#count(durationMs);
    await this.#attempt.add({ kind: "executions", request, executions, durationMs });
  }
}
