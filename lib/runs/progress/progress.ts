import { progressLine, type ProgressState } from "./progress_line.ts";
import { RecentRate } from "./recent_rate.ts";

/** Destination of progress displays. */
export interface ProgressSink {
  /** Characters that fit in a line. */
  readonly width: number;
  /** Time from the start of a stage to its first line, in milliseconds. */
  readonly firstAfterMs: number;
  /** Least time between two lines of a stage, in milliseconds, given its time so far. */
  intervalMs(elapsedMs: number): number;
  /** Shows the line of the running stage, in place of the one before where that is possible. */
  show(line: string, state: ProgressState): void;
  /** Shows the last line of a stage, which stays. */
  finish(line: string, state: ProgressState): void;
  /** Prints a line of other text, which stays. */
  log(text: string): void;
}

/** A stage with a progress display. */
export interface ProgressStage {
  /**
   * Says how much is done. Cheap enough to be called in a loop: most calls show nothing.
   *
   * @param done units done so far, of the stage's total
   * @param note a short text of the stage's own, such as `loss 1.25`
   * @param total units in all, when that was not known before or has changed
   */
  update(done: number, note?: string, total?: number): void;
  /** Ends the stage. Without a call of `update`, all of it counts as done. */
  done(note?: string): void;
}

/**
 * Shows the progress of the stages of a run, one line per stage.
 *
 * @example
 * ```ts
 * import { Progress, type ProgressSink } from "@potstill/runs/progress/progress.ts";
 * const lines: string[] = [];
 * const sink: ProgressSink = {
 *   width: 80,
 *   firstAfterMs: 0,
 *   intervalMs: () => 0,
 *   show: () => {},
 *   finish: (line) => lines.push(line),
 *   log: () => {},
 * };
 * const progress = new Progress(sink);
 * const stage = progress.stage("train", 10);
 * for (let step = 1; step <= 10; step++) stage.update(step, `loss ${1 / step}`);
 * stage.done();
 * if (!lines[0].startsWith("train  10/10 in ")) throw new Error(lines[0]);
 * ```
 */
export class Progress {
  readonly #sink: ProgressSink;
  readonly #now: () => number;

  /**
   * A reporter with no stage yet.
   *
   * @param sink where to show it
   * @param now a clock in milliseconds
   */
  constructor(sink: ProgressSink, now: () => number = () => performance.now()) {
    this.#sink = sink;
    this.#now = now;
  }

  /**
   * Starts a stage.
   *
   * @param name one or two words
   * @param total units in all, or null when that is not known
   * @param done units already done, by an earlier run
   */
  stage(name: string, total: number | null, done: number = 0): ProgressStage {
    const sink = this.#sink;
    const start = this.#now();
    const rate = new RecentRate(done, start);
    let nextMs = sink.firstAfterMs;
    let isDone = false;
    let wasUpdated = false;
    let note = "";
    const state = (elapsedMs: number): ProgressState => ({
      name,
      done,
      total,
      elapsedMs,
      rate: rate.perSecond,
      note,
      isDone,
    });
    return {
      update: (count, newNote, newTotal) => {
        if (isDone) return;
        total = newTotal ?? total;
        wasUpdated = true;
        done = count;
        note = newNote ?? note;
        const now = this.#now();
        rate.add(done, now);
        const elapsedMs = now - start;
        if (elapsedMs < nextMs) return;
        nextMs = elapsedMs + sink.intervalMs(elapsedMs);
        const shown = state(elapsedMs);
        sink.show(progressLine(shown, sink.width), shown);
      },
      done: (newNote) => {
        if (isDone) return;
        isDone = true;
        if (!wasUpdated && total !== null) done = total;
        note = newNote ?? note;
        const shown = state(this.#now() - start);
        sink.finish(progressLine(shown, sink.width), shown);
      },
    };
  }

  /** Prints a line of other text without disturbing the line of a running stage. */
  log(text: string): void {
    this.#sink.log(text);
  }
}
