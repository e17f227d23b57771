import type {
  CandidateRun,
  Execution,
  InterpreterSession,
  RunOptions,
  Tool,
} from "../interpreter.ts";
import type { InterpreterOptions } from "./interpreter_options.ts";
import type { InterpreterProcess, StepResult } from "./interpreter_process.ts";
import { ProcessEndedError } from "./process_ended_error.ts";
import { CHEAP_REPLAY_MS, type KeptStep, LiveState } from "./live_state.ts";
import type { ProcessPool } from "./process_pool.ts";
import { SessionState } from "./session_state.ts";
import { failedExecution, readExecution } from "./step_execution.ts";
import { replayTools, ToolBridge } from "./tool_bridge.ts";
import { forEachConcurrently } from "../../runs/for_each_concurrently.ts";
import { checkTimeout } from "../../runs/timer_limit.ts";

const encoder = new TextEncoder();
const REPLAYS = 3;
/** Time limit for repeating steps whose state nobody saved, in milliseconds. */
const MAX_REPLAY_MS = 200;
/** Memory limit for the tools' answers in these steps. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** Candidates within these limits are run again when one is kept. */
const REPLAY_LIMITS = { ms: CHEAP_REPLAY_MS, replyBytes: MAX_REPLY_BYTES };
/** They ended by themselves; how long they take again depends on what else is running. */
const REPLAY_TIMEOUT_MS = 60_000;

/** The parts of an interpreter that its sessions use. */
export interface SessionHost {
  /** The options, defaults filled in. */
  readonly options: Required<Omit<InterpreterOptions, "allowedImports">>;
  /** Pool that lends processes. */
  readonly pool: ProcessPool;
  /** The state in which sessions with these tools begin. */
  beginning(tools: readonly Tool[], signal?: AbortSignal): Promise<SessionState>;
  /** Called when the session's size in memory changes, and with 0 when it is closed. */
  resized(session: object, bytes: number): void;
}

/** Result of a step, and the state after it. */
interface Step {
  readonly execution: Execution;
  readonly state: SessionState | LiveState;
}

/** A step in a process; `result` is null when the process ended. */
interface Attempt {
  readonly execution: Execution;
  readonly result: StepResult | null;
  readonly kept: KeptStep;
}

/**
 * A session that any process can continue. After a plain step its state stays in the process. It
 * is fetched when running the steps again would not surely and quickly give it; else it is given up
 * when the process is needed for something else, and the steps are run again.
 */
export class PyodideSession implements InterpreterSession {
  readonly #host: SessionHost;
  readonly #tools: readonly Tool[];
  #state: SessionState | LiveState | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #version = 0;
  #closed = false;

  /** A session that begins at its first run. @param tools what the code may call */
  constructor(host: SessionHost, tools: readonly Tool[]) {
    this.#host = host;
    this.#tools = tools;
  }

  /** Runs one step and keeps its state. */
  run(code: string, options: RunOptions = {}): Promise<Execution> {
    return this.#inTurn(async () => {
      checkRun(options);
      const { execution, state } = await this.#keptStep(code, options);
      this.#version++;
      this.#setState(state);
      return execution;
    });
  }

  runCandidates(codes: readonly string[], options: RunOptions = {}): Promise<CandidateRun> {
    return this.#inTurn(async () => {
      checkRun(options);
      const state = await this.#saved(options.signal);
      const distinct = [...new Set(codes)];
      const steps = new Map<string, Step>();
      // As many at once as there are processes.
      const pool = { concurrency: this.#host.options.processes, signal: options.signal };
      await forEachConcurrently(distinct, pool, async (code, signal) => {
        steps.set(code, await this.#candidate(code, state, { ...options, signal }));
      });
      const version = ++this.#version;
      return {
        executions: codes.map((code) => steps.get(code)!.execution),
        commit: (index) =>
          this.#commit(index, version, codes.map((code) => steps.get(code)!.state)),
      };
    });
  }

  /** Forgets the state. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#turn.then(() => {
      if (this.#state instanceof LiveState) this.#state.dropped = true;
      this.#state = null;
      this.#host.resized(this, 0);
    });
  }

  #commit(index: number, version: number, states: readonly Step["state"][]): Promise<void> {
    // deno-lint-ignore require-await
    return this.#inTurn(async () => {
      if (!(index in states)) {
        throw new RangeError(`Cannot commit candidate ${index}: there are ${states.length}`);
      }
      if (version !== this.#version) {
        throw new Error("Cannot commit a candidate: the session has run other code since");
      }
      this.#version++;
      this.#setState(states[index]);
    });
  }

  #setState(state: SessionState | LiveState): void {
    this.#state = state;
    const held = state instanceof LiveState ? state.base : state;
    this.#host.resized(this, held.byteLength);
  }

  /** Runs operations one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("Cannot run code: the session is closed"));
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** The present state, fetched from its process; runs the steps again if that is gone. */
  async #saved(signal?: AbortSignal): Promise<SessionState> {
    signal?.throwIfAborted();
    this.#state ??= await this.#host.beginning(this.#tools, signal);
    const state = this.#state;
    if (state instanceof SessionState) return state;
    const saved = await state.save().catch((error) => {
      if (!(error instanceof ProcessEndedError)) throw error;
      return this.#again(state, signal);
    });
    this.#setState(saved);
    return saved;
  }

  /** A process of its own for a while, and the state that it is to go on from. */
  async #borrow(
    signal?: AbortSignal,
  ): Promise<{ process: InterpreterProcess; from: SessionState | LiveState }> {
    const { pool } = this.#host;
    signal?.throwIfAborted();
    const from = this.#state;
    if (from instanceof LiveState) {
      const holding = pool.tryAcquire(from);
      if (holding !== null) return { process: holding, from };
      if (!from.isWorthSaving) return await this.#resumed(from, signal);
    }
    const saved = await this.#saved(signal);
    return { process: await this.#lent(saved, signal), from: saved };
  }

  /**
   * A process that takes on `state` with the step that follows. One that is known to have ended is
   * replaced.
   */
  async #lent(state: SessionState, signal?: AbortSignal): Promise<InterpreterProcess> {
    const { pool } = this.#host;
    for (let attempt = 0; attempt < REPLAYS; attempt++) {
      const process = await pool.acquire(state, signal);
      try {
        await process.load(state);
        return process;
      } catch (error) {
        pool.release(process);
        if (!(error instanceof ProcessEndedError)) throw error;
      }
    }
    return await pool.acquire(state, signal);
  }

  /** Runs a step whose state stays in the process. */
  async #keptStep(code: string, options: RunOptions): Promise<Step> {
    const { pool } = this.#host;
    const { process, from } = await this.#borrow(options.signal);
    let saving: Promise<unknown> | null = null;
    try {
      const { execution, result, kept } = await this.#attempt(process, from, code, false, options);
      // A step that ended at a limit is undone.
      if (result?.outcome !== "done") return { execution, state: from };
      const [base, earlier] = from instanceof LiveState ? [from.base, from.steps] : [from, []];
      const live = new LiveState(process, base, [...earlier, kept], (state) => {
        if (this.#state === live) this.#setState(state);
      });
      const isCostly = live.replayMs > MAX_REPLAY_MS || live.replyBytes > MAX_REPLY_BYTES;
      if (!result.repeatable || isCostly || pool.retires(process)) {
        // The execution need not wait for it.
        saving = live.save().catch(() => {});
      }
      return { execution, state: live };
    } finally {
      if (saving === null) pool.release(process);
      else saving.then(() => pool.release(process));
    }
  }

  /** Runs a step and undoes it. */
  async #candidate(
    code: string,
    from: SessionState,
    options: RunOptions,
  ): Promise<Step> {
    const process = await this.#lent(from, options.signal);
    let step: Attempt;
    try {
      step = await this.#attempt(process, from, code, true, options);
      const { execution, result, kept } = step;
      if (result?.outcome !== "done") return { execution, state: from };
      const changes = await result.changes;
      const state = changes === null ? new LiveState(null, from, [kept]) : from.with(changes);
      return { execution, state };
    } catch (error) {
      if (!(error instanceof ProcessEndedError)) throw error;
    } finally {
      this.#host.pool.release(process);
    }
    // The process ended after the result and before the state.
    const state = await this.#again({ base: from, steps: [step!.kept] }, options.signal);
    return { execution: step!.execution, state };
  }

  /** Runs code in a process that was lent for it; if the process fails, the code did. */
  async #attempt(
    process: InterpreterProcess,
    from: SessionState | LiveState,
    code: string,
    candidate: boolean,
    options: RunOptions,
  ): Promise<Attempt> {
    const { signal } = options;
    signal?.throwIfAborted();
    const { maxToolCalls, toolTimeoutMs, toolsTimeoutMs, ...rest } = this.#host.options;
    const timeoutMs = options.timeoutMs ?? rest.timeoutMs;
    const limits = { ...rest, timeoutMs };
    const toolLimits = { maxToolCalls, toolTimeoutMs, toolsTimeoutMs };
    const tools = new ToolBridge(this.#tools, toolLimits, signal);
    const onAbort = () => process.kill();
    signal?.addEventListener("abort", onAbort, { once: true });
    const started = performance.now();
    const spent = () => performance.now() - started;
    const kept = (ms: number): KeptStep => ({ code, answers: tools.answers, ms });
    try {
      if (from instanceof SessionState) await process.load(from);
      const bytes = encoder.encode(code);
      const result = await process.run(
        bytes,
        { timeoutMs, replay: candidate ? REPLAY_LIMITS : null },
        tools.answer,
        toolsTimeoutMs,
      );
      const execution = readExecution(result, limits, tools.calls, spent());
      return { execution, result, kept: kept(result.ms) };
    } catch (error) {
      process.kill();
      signal?.throwIfAborted();
      const kind = process.late ? "timeout" : "interpreter";
      const text = (error as Error).message;
      const execution = failedExecution(kind, text, limits, tools.calls, spent());
      return { execution, result: null, kept: kept(spent()) };
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** A process in which steps whose effects are lost were run again. @throws ProcessEndedError */
  async #resumed(
    { base, steps }: Pick<LiveState, "base" | "steps">,
    signal?: AbortSignal,
  ): Promise<{ process: InterpreterProcess; from: LiveState }> {
    for (let attempt = 0;; attempt++) {
      const process = await this.#host.pool.acquire(base, signal);
      try {
        const from = await replay(process, base, steps, this.#host.options.maxToolCalls);
        return { process, from };
      } catch (error) {
        this.#host.pool.release(process);
        if (!(error instanceof ProcessEndedError) || attempt === REPLAYS) throw error;
      }
    }
  }

  /** The state after steps whose effects are lost. @throws ProcessEndedError */
  async #again(
    lost: Pick<LiveState, "base" | "steps">,
    signal?: AbortSignal,
  ): Promise<SessionState> {
    for (let attempt = 0;; attempt++) {
      const { process, from } = await this.#resumed(lost, signal);
      try {
        return await from.save();
      } catch (error) {
        if (!(error instanceof ProcessEndedError) || attempt === REPLAYS) throw error;
      } finally {
        this.#host.pool.release(process);
      }
    }
  }
}

function checkRun({ timeoutMs }: RunOptions): void {
  if (timeoutMs !== undefined) checkTimeout("run code", "timeoutMs", timeoutMs);
}

/** Runs steps again, with the answers that their tools gave. @throws ProcessEndedError */
async function replay(
  process: InterpreterProcess,
  base: SessionState,
  steps: readonly KeptStep[],
  maxToolCalls: number,
): Promise<LiveState> {
  await process.load(base);
  for (const { code, answers } of steps) {
    const answer = replayTools(answers, maxToolCalls);
    const options = { timeoutMs: REPLAY_TIMEOUT_MS, replay: null };
    const { outcome } = await process.run(encoder.encode(code), options, answer);
    // The step itself did not end so, this time it did: the state is not the one that is sought.
    if (outcome !== "done") {
      process.kill();
      throw new ProcessEndedError(
        `Cannot get back the state after an earlier step: run again, it ended with "${outcome}"`,
      );
    }
  }
  return new LiveState(process, base, steps);
}
