/** Values shown in a progress line. */
export interface ProgressState {
  /** The stage's name. */
  readonly name: string;
  /** Units done, of `total`. */
  readonly done: number;
  /** Units in all, or null when that is not known. */
  readonly total: number | null;
  /** Time since the stage began, in milliseconds. */
  readonly elapsedMs: number;
  /** Units a second of late, or null when it is too early to say. */
  readonly rate: number | null;
  /** A short text of the stage's own, such as the loss. */
  readonly note: string;
  /** True if the stage has ended. */
  readonly isDone: boolean;
}

/** A stage expected to take no longer than this, in milliseconds, shows no time left. */
const ETA_FROM_MS = 2000;

/**
 * The line that shows a stage's progress: percentage, counts, rate, time left and note; when the
 * stage has ended, how long it took.
 *
 * @param width most characters; the note and then the rest are cut
 *
 * @example
 * ```ts
 * import { progressLine } from "@potstill/runs/progress/progress_line.ts";
 * const line = progressLine({
 *   name: "train",
 *   done: 250,
 *   total: 1000,
 *   elapsedMs: 5000,
 *   rate: 50,
 *   note: "loss 1.25",
 *   isDone: false,
 * });
 * if (line !== "train  25%  250/1000  50.0/s  ETA 15 s  loss 1.25") throw new Error(line);
 * ```
 */
export function progressLine(state: ProgressState, width: number = Infinity): string {
  const { name, done, total, elapsedMs, rate, note } = state;
  const counts = total === null ? `${done}` : `${done}/${total}`;
  const parts = [name];
  if (state.isDone) {
    const isCounted = total !== null || done > 0;
    parts.push(`${isCounted ? `${counts} ` : ""}in ${formatDuration(elapsedMs)}`);
  } else {
    if (total !== null && total > 0) parts.push(`${Math.floor(100 * Math.min(1, done / total))}%`);
    parts.push(counts);
    if (rate !== null && rate > 0) parts.push(formatRate(rate));
    const etaMs = remainingMs(state);
    if (etaMs !== null && elapsedMs + etaMs > ETA_FROM_MS) {
      parts.push(`ETA ${formatDuration(etaMs, true)}`);
    }
  }
  if (note) parts.push(note);
  const line = parts.join("  ");
  return line.length <= width ? line : line.slice(0, Math.max(0, width - 1)) + "…";
}

/** The time that a stage still needs, in milliseconds, or null when it is too early to say. */
function remainingMs(state: ProgressState): number | null {
  if (state.total === null || state.rate === null || state.rate <= 0) return null;
  return Math.max(0, (state.total - state.done) / state.rate) * 1000;
}

/**
 * A length of time for people: `340 ms`, `2.5 s`, `42 s`, `3 min 05 s`, `1 h 02 min`.
 *
 * @param ms in milliseconds
 * @param isEstimate whether to leave out what an estimate cannot know: parts of a second
 */
export function formatDuration(ms: number, isEstimate: boolean = false): string {
  if (isEstimate) ms = Math.ceil(ms / 1000) * 1000;
  else if (ms < 1000) return `${Math.round(ms)} ms`;
  else if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function formatRate(perSecond: number): string {
  if (perSecond >= 1000) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  return `${(perSecond * 60).toFixed(1)}/min`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
