import type { ProgressSink } from "./progress.ts";

/** Writes text at once, such as to standard error. */
export type TextWriter = (text: string) => void;

/**
 * Progress on a terminal: a line for each running stage, overwritten in place.
 *
 * @param write takes the text and the control codes
 * @param width the terminal's columns
 *
 * @example
 * ```ts
 * import { Progress } from "@potstill/runs/progress/progress.ts";
 * import { terminalSink } from "@potstill/runs/progress/sinks.ts";
 * let text = "";
 * const progress = new Progress(terminalSink((part) => text += part, 80));
 * progress.stage("index", 5).done();
 * if (!/index {2}5\/5 in .*\n$/.test(text)) throw new Error(text);
 * ```
 */
export function terminalSink(write: TextWriter, width: number): ProgressSink {
  const CLEAR = "\r\x1b[K";
  /** The lines of running stages, by name, in the order in which they began. */
  const live = new Map<string, string>();
  const clear = () => CLEAR + `\x1b[A${CLEAR}`.repeat(Math.max(0, live.size - 1));
  const lines = () => [...live.values()].join("\n");
  return {
    width: Math.max(20, width - 1),
    firstAfterMs: 100,
    intervalMs: () => 100,
    show: (line, { name }) => {
      const before = clear();
      live.set(name, line);
      write(before + lines());
    },
    finish: (line, { name }) => {
      const before = clear();
      live.delete(name);
      write(`${before}${line}\n${lines()}`);
    },
    log: (text) => write(`${clear()}${text}\n${lines()}`),
  };
}

/**
 * Lines one below the other, for a log file: the first after two seconds, then every ten, and
 * twice a minute once per stage has taken two minutes. Every stage ends with a line.
 *
 * @param write takes whole lines
 */
export function plainSink(write: TextWriter): ProgressSink {
  return {
    width: 200,
    firstAfterMs: 2000,
    intervalMs: (elapsedMs) => elapsedMs < 120_000 ? 10_000 : 30_000,
    show: (line) => write(`${line}\n`),
    finish: (line) => write(`${line}\n`),
    log: (text) => write(`${text}\n`),
  };
}

/** Shows nothing. */
export function silentSink(): ProgressSink {
  return {
    width: 80,
    firstAfterMs: Infinity,
    intervalMs: () => Infinity,
    show: () => {},
    finish: () => {},
    log: () => {},
  };
}
