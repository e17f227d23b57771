import { ProcessEndedError } from "./process_ended_error.ts";
import type { SessionState } from "./session_state.ts";

/** A step that was run, with the inputs needed to run it again. */
export interface KeptStep {
  /** The Python code. */
  readonly code: string;
  /** Answers to its tool calls, including refusals. */
  readonly answers: readonly Uint8Array[];
  /** Time that Python took, in milliseconds. */
  readonly ms: number;
}

/** Time for which steps are rather run again than their state saved, in milliseconds. */
export const CHEAP_REPLAY_MS = 50;

/** The process in whose memory a state is. */
interface StateHolder {
  /** The state that its memory holds. */
  holds: SessionState | LiveState;
  /** The part of its memory that has changed since the last state that was saved or loaded. */
  save(): Promise<Uint8Array>;
}

/**
 * A session's state that only its process holds, or none: some steps after the last state that the
 * owner has.
 * It can be had again from the steps. When something else needs the process it is saved, unless its
 * steps are quick: sessions that take turns would save and load more than they compute.
 */
export class LiveState {
  /** The last state that the owner has. */
  readonly base: SessionState;
  /** Steps that were run since. */
  readonly steps: readonly KeptStep[];
  readonly #process: StateHolder | null;
  readonly #onSaved: (state: SessionState) => void;
  #saved: Promise<SessionState> | null = null;
  /** True if its session is closed and nobody needs it. */
  dropped = false;

  /**
   * Says that `process` holds it from now on.
   * @param process null if none does, as after a candidate
   * @param onSaved is called when the owner has it too
   */
  constructor(
    process: StateHolder | null,
    base: SessionState,
    steps: readonly KeptStep[],
    onSaved: (state: SessionState) => void = () => {},
  ) {
    this.#process = process;
    this.base = base;
    this.steps = steps;
    this.#onSaved = onSaved;
    if (process !== null) process.holds = this;
  }

  /** Time that running the steps again takes, in milliseconds. */
  get replayMs(): number {
    return this.steps.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** True if its process saves it before it takes on another state, or is saving it already. */
  get isWorthSaving(): boolean {
    return !this.dropped && (this.#saved !== null || this.replayMs > CHEAP_REPLAY_MS);
  }

  /** Bytes of memory that the tools' answers in the steps take. */
  get replyBytes(): number {
    return this.steps.reduce((sum, { answers }) => answers.reduce((n, a) => n + a.length, sum), 0);
  }

  /**
   * The state, asked of the process once.
   * @throws ProcessEndedError when the process has ended, or has gone on without it
   */
  save(): Promise<SessionState> {
    return this.#saved ??= this.#save().catch((error) => {
      this.#saved = null;
      throw error;
    });
  }

  async #save(): Promise<SessionState> {
    if (this.#process?.holds !== this) {
      throw new ProcessEndedError("The interpreter process went on without saving a state");
    }
    const state = this.base.with(await this.#process.save());
    if (this.#process.holds === this) this.#process.holds = state;
    this.#onSaved(state);
    return state;
  }
}
