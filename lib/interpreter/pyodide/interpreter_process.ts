import { AwakeTimer } from "./awake_timer.ts";
import type { GuestImage } from "./guest_image.ts";
import type { StepOptions } from "./guest/frame.ts";
import { FrameChannel, type ReceivedFrame } from "./frame_channel.ts";
import { guestCommand } from "./guest_command.ts";
import { LiveState } from "./live_state.ts";
import { ProcessEndedError } from "./process_ended_error.ts";
import { SessionState } from "./session_state.ts";

/** Answers one request of the guest for a tool, and says how long the tool itself took. */
export type ToolHandler = (
  request: Uint8Array,
) => Promise<{ readonly reply: Uint8Array; readonly ms: number }>;

/** Limits that a process enforces itself. */
interface ProcessLimits {
  /** Most memory of Python's WebAssembly, in bytes. */
  readonly maxMemoryBytes: number;
  /** Most bytes that a session may add to the files. */
  readonly maxFileBytes: number;
  /** Most bytes of memory that may change between two saved states. */
  readonly maxStateBytes: number;
}

/**
 * End of a step: `done` with Python's own `result`, or stopped at a limit, which undoes its
 * effects.
 */
export type Outcome = "done" | "timeout" | "memory" | "state" | "broken";

/** A step's result. */
export interface StepResult {
  /** End of the step. */
  readonly outcome: Outcome;
  /** JSON of the runner; empty when Python gave none. */
  readonly result: Uint8Array;
  /** True if the step depended only on the state, the code and the tools' answers. */
  readonly repeatable: boolean;
  /** Time that Python took, in milliseconds. */
  readonly ms: number;
  /**
   * The candidate's changes, available a moment later; null for other steps, where all was undone at
   * a limit, and where running it again gives them.
   */
  readonly changes: Promise<Uint8Array> | null;
}

const OUTCOMES: readonly string[] = ["done", "timeout", "memory", "state", "broken"];
/** For a start, the beginning of a session and a state: on a busy machine they take long. */
const START_TIMEOUT_MS = 180_000;
/** Packages are compiled from source and warmed up meanwhile; on a busy machine that takes minutes. */
const BUILD_TIMEOUT_MS = 1_200_000;
/** Time after its limit at which a step that ignores the limit is killed, in milliseconds. */
const GRACE_MS = 500;
/** What is longer is sent at once: the time that it takes is not that of the step that follows. */
const MAX_UNSENT_BYTES = 1 << 20;
/** States that a process keeps for the sessions that begin with them. */
const PLACES = 4;

/** An interpreter process and its protocol. */
export class InterpreterProcess {
  readonly #child: Deno.ChildProcess;
  readonly #channel: FrameChannel;
  readonly #ended: Promise<void>;
  #stderr = "";
  #dead = false;
  /** True if it was killed because a step went on too long after its time limit. */
  late = false;
  /** The state that its memory holds. */
  holds: SessionState | LiveState = SessionState.BASE;
  /** The states that it keeps, and where the next comes. */
  readonly #places: SessionState[] = [];
  #nextPlace = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** Bytes of its Python's memory, which never shrinks. */
  memoryBytes = 0;

  /** Starts Deno. @param command its arguments; tests give others than `start` does */
  constructor(command: readonly string[], maxBodyBytes: number) {
    const child = this.#child = new Deno.Command(Deno.execPath(), {
      args: [...command],
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#channel = new FrameChannel(child, maxBodyBytes);
    this.#ended = this.#watch();
  }

  async #watch(): Promise<void> {
    const lines = this.#child.stderr.pipeThrough(new TextDecoderStream());
    const status = this.#child.status.then(() => this.#dead = true);
    for await (const text of lines) this.#stderr = (this.#stderr + text).slice(-2000);
    await status;
    await this.#channel.end(new ProcessEndedError("The interpreter process ended"));
  }

  /** Starts a process and waits until its Python is ready. @throws ProcessEndedError */
  static async start(image: GuestImage, limits: ProcessLimits): Promise<InterpreterProcess> {
    const process = new InterpreterProcess(
      await guestCommand(),
      limits.maxStateBytes + limits.maxFileBytes + 64 * 1024 * 1024,
    );
    await process.#starting(async () => {
      await process.#hello(image.files, image.bytes, {
        build: false,
        preload: image.preload,
        packages: image.packages,
        pointers: image.pointers,
        ...limits,
      });
      const { header } = await process.#channel.receive("ready");
      if (header.baseSum !== null && header.baseSum !== (image.baseSum.value ??= header.baseSum)) {
        throw new ProcessEndedError("its memory is not that of the other processes");
      }
    });
    return process;
  }

  /** Starts Python from nothing, and gives its memory's image. @throws ProcessEndedError */
  static async build(
    image: Omit<GuestImage, "bytes" | "pointers" | "baseSum">,
  ): Promise<GuestImage> {
    const process = new InterpreterProcess(await guestCommand(), 1 << 30);
    try {
      return await process.#starting(async () => {
        await process.#hello(image.files, new Uint8Array(0), {
          build: true,
          preload: image.preload,
          packages: image.packages,
        });
        const { header, body } = await process.#channel.receive("image");
        const pointers = header.pointers as GuestImage["pointers"];
        return { ...image, bytes: body, pointers, baseSum: {} };
      }, BUILD_TIMEOUT_MS);
    } finally {
      process.kill();
      await process.ended();
    }
  }

  async #hello(
    files: GuestImage["files"],
    image: Uint8Array,
    fields: Record<string, unknown>,
  ): Promise<void> {
    const body = await new Blob([image as BlobPart, ...files.map(({ bytes }) => bytes as BlobPart)])
      .bytes();
    const names = files.map(({ path, bytes }) => ({ path, size: bytes.length }));
    this.#channel.send("hello", { ...fields, imageBytes: image.length, files: names }, body);
  }

  async #starting<T>(work: () => Promise<T>, timeoutMs = START_TIMEOUT_MS): Promise<T> {
    try {
      return await this.#within(timeoutMs, work);
    } catch (error) {
      this.kill();
      await this.#ended;
      const why = [(error as Error).message, this.#stderr.trim()].filter((text) => text !== "");
      throw new ProcessEndedError(`Cannot start the interpreter: ${why.join(": ")}`);
    }
  }

  /** Kills the process when work takes longer. */
  async #within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.kill();
    }, timeoutMs);
    try {
      return await work();
    } catch (error) {
      if (!isLate) throw error;
      throw new ProcessEndedError(
        `The interpreter process did not answer within ${timeoutMs / 1000} s`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** True if the process has ended or was killed. */
  get dead(): boolean {
    return this.#dead;
  }

  /** The process's id. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Makes `state` the state of the next step; saves first what cannot be had again quickly.
   * @throws ProcessEndedError
   */
  async load(state: SessionState): Promise<void> {
    const { holds } = this;
    if (holds === state) return;
    if (holds instanceof LiveState && holds.isWorthSaving) await holds.save();
    // At once: what it held is given up, and nobody may ask for it any more.
    this.holds = state;
    await this.#inTurn(async () => {
      if (this.#dead) throw new ProcessEndedError("The interpreter process ended");
      this.#enqueueLoad(state);
      if (this.#channel.unsentBytes > MAX_UNSENT_BYTES) await this.#channel.flush();
    });
  }

  /** Goes out with the request that follows. */
  #enqueueLoad(state: SessionState): void {
    if (!state.isBeginning) return this.#channel.enqueue("load", { place: null }, state.encode());
    const known = this.#places.indexOf(state);
    if (known >= 0) return this.#channel.enqueue("load", { place: known });
    const place = this.#nextPlace;
    this.#nextPlace = (place + 1) % PLACES;
    this.#places[place] = state;
    this.#channel.enqueue("load", { place }, state.encode());
  }

  /** Builds a namespace with the tools and limits in `config` (JSON). Gives what it changed. */
  async begin(config: Uint8Array, seed: number): Promise<Uint8Array> {
    await this.#inTurn(() =>
      this.#within(START_TIMEOUT_MS, async () => {
        this.holds = SessionState.UNKNOWN;
        this.#channel.send("start", { seed }, config);
        const { header } = await this.#channel.receive("result");
        if (header.outcome !== "done") {
          throw new ProcessEndedError("The interpreter process could not begin a session");
        }
      })
    );
    return await this.save();
  }

  /** Changes since the last `load` or `save`. @throws ProcessEndedError */
  save(): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      this.#channel.send("save");
      return await this.#receiveState();
    });
  }

  /**
   * Runs one step. After a candidate (`replay` is not null) the state goes back to what it was; its
   * changes are given unless running it again surely gives them within those limits. After another step the caller says
   * what the process holds: the state before it is no longer there, and where the step came to a
   * limit, it is the state last loaded or saved.
   * @param toolsTimeoutMs the most by which the tools' own time may lengthen the step
   * @throws ProcessEndedError also at the time limit, when the step does not end by itself
   */
  run(
    code: Uint8Array,
    options: StepOptions,
    tools: ToolHandler,
    toolsTimeoutMs = 0,
  ): Promise<StepResult> {
    const isCandidate = options.replay !== null;
    const before = this.holds;
    return this.#inTurn(async () => {
      if (!isCandidate) this.holds = SessionState.UNKNOWN;
      const { header, body } = await this.#runStep(code, options, tools, toolsTimeoutMs);
      const outcome = header.outcome as Outcome;
      if (!OUTCOMES.includes(outcome)) throw new ProcessEndedError("It sent a wrong result");
      this.memoryBytes = Number(header.memoryBytes);
      const sendsChanges = isCandidate && outcome === "done" && header.sendsChanges === true;
      const changes = sendsChanges ? this.#guard(() => this.#receiveState()) : null;
      changes?.catch(() => {});
      if (!isCandidate && outcome !== "done") {
        this.holds = before instanceof LiveState ? before.base : before;
      }
      const { repeatable, ms } = header;
      return { outcome, result: body, repeatable: repeatable === true, ms: Number(ms), changes };
    }, ({ changes }) => changes);
  }

  async #runStep(
    code: Uint8Array,
    options: StepOptions,
    tools: ToolHandler,
    toolsTimeoutMs: number,
  ): Promise<ReceivedFrame> {
    const tooLate = () => {
      this.late = true;
      this.kill();
      return new ProcessEndedError("The step did not end at its time limit");
    };
    const timer = new AwakeTimer(options.timeoutMs + GRACE_MS, tooLate);
    let toolsLeft = toolsTimeoutMs;
    try {
      this.#channel.send("run", options, code);
      while (true) {
        const [before, sentAt] = [timer.left, performance.now()];
        timer.start();
        const frame = await this.#channel.receive("result", "tool");
        if (frame.header.type === "result") return frame;
        timer.stop();
        const own = timer.left;
        if (own <= 0) throw tooLate();
        const heldUp = Math.max(0, performance.now() - sentAt - (before - own));
        timer.left = own + toolsLeft;
        timer.start();
        const { reply, ms } = await tools(frame.body);
        timer.stop();
        // Of what a tool took, too, only the time counts in which the loop turned.
        const spent = own + toolsLeft - timer.left;
        const toolMs = Math.min(ms, spent, toolsLeft);
        toolsLeft -= toolMs;
        timer.left = own - (spent - toolMs);
        if (timer.left <= 0) throw tooLate();
        this.#channel.send("tool-result", { ms: ms + heldUp }, reply);
      }
    } finally {
      timer.stop();
    }
  }

  /** Ends the process at once. */
  kill(): void {
    this.#dead = true;
    try {
      this.#child.kill("SIGKILL");
    } catch { /* it has ended already */ }
  }

  /** Resolves when the process is gone. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Runs requests one after the other. @param rest work that follows the answer */
  #inTurn<T>(work: () => T | Promise<T>, rest: (answer: T) => unknown = () => {}): Promise<T> {
    const turn = this.#turn.then(() => this.#guard(work));
    this.#turn = turn.then(rest).catch(() => {});
    return turn;
  }

  async #guard<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.kill();
      if (error instanceof ProcessEndedError) throw error;
      throw new ProcessEndedError(`The interpreter process failed: ${(error as Error).message}`);
    }
  }

  async #receiveState(): Promise<Uint8Array> {
    const { body } = await this.#within(START_TIMEOUT_MS, () => this.#channel.receive("state"));
    return body;
  }
}
