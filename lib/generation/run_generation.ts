import { join } from "node:path";
import { addUsage, type UsageTotals } from "../models/openai/usage_meter.ts";
import { readUsage } from "../models/usage_log.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { attemptId, type Task } from "../records/task.ts";
import { writeJsonAtomic } from "../runs/atomic_write.ts";
import { type AttemptsResult, haltingModel, runAttempts, shares } from "./run_attempts.ts";
import type { RunTally } from "./run_tally.ts";
import { type GenerationSetup, solveAttempt } from "./solve_attempt.ts";

/** Summary of a run so far. Written as `summary.json`. */
export interface GenerationSummary extends AttemptsResult {
  /** Usage of this and earlier parts of the run; null for a model that counts nothing. */
  readonly usage: UsageTotals | null;
}

/** Parts of a run. */
export interface GenerationRun {
  /** The run's folder. */
  readonly path: string;
  /** Setup of every attempt. */
  readonly setup: GenerationSetup;
  /** The tasks to attempt. */
  readonly tasks: readonly Task[];
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Usage of the model since it was made; null for one that counts nothing. */
  readonly usage: () => UsageTotals | null;
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
  /** Is told how the run goes on. */
  readonly progress: Progress;
  /** Ends the run when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Ends it at once: requests under way are given up. */
  readonly abortSignal?: AbortSignal;
}

const USAGE_INTERVAL_MS = 5000;

/** The file of a paradigm's trajectories in a run's folder. */
export function trajectoriesPath(runPath: string, paradigm: string): string {
  return join(runPath, "trajectories", `${paradigm}.jsonl`);
}

/**
 * Makes every attempt of a run that is not stored yet. Trajectories go to
 * `trajectories/PARADIGM.jsonl`, with the CoT answers behind first thoughts in
 * `trajectories/cot.jsonl`; what the run used is in `usage.json`, its figures in `summary.json`.
 *
 * @throws {EndpointRefusedError} when the endpoint refuses to serve
 * @throws {Error} naming the file that cannot be read or written
 */
export async function runGeneration(run: GenerationRun): Promise<GenerationSummary> {
  const { path, setup, concurrency, acceptRefusals, progress, signal, abortSignal } = run;
  const { attempts, paradigm, firstThoughtPrefix } = setup.options;
  const items = run.tasks.flatMap((task) =>
    Array.from({ length: attempts }, (_, sample) => ({ task, sample }))
  );
  const earlier = await readUsage(path);
  const usage = () => {
    const now = run.usage();
    return now === null || earlier === null ? now : addUsage(earlier, now);
  };
  let savedAt = 0;
  const saveUsage = async () => {
    savedAt = performance.now();
    const used = usage();
    if (used !== null) await writeJsonAtomic(join(path, "usage.json"), used);
  };
  const result = await runAttempts({
    path: trajectoriesPath(path, paradigm),
    ...(firstThoughtPrefix ? { cotPath: trajectoriesPath(path, "cot") } : {}),
    items,
    itemId: ({ task, sample }) => attemptId(task, sample),
    attempt: (item, { checkGoing, signal }) =>
      solveAttempt({ ...setup, model: haltingModel(setup.model, checkGoing) }, item, signal),
    concurrency,
    note: (tally) => noteOf(tally, usage()),
    onRow: async () => {
      if (performance.now() - savedAt >= USAGE_INTERVAL_MS) await saveUsage();
    },
    acceptRefusals,
    progress,
    signal,
    abortSignal,
  });
  await saveUsage();
  const summary = { ...result, usage: usage() };
  await writeJsonAtomic(join(path, "summary.json"), summary);
  return summary;
}

/** Results and usage of the attempts, as the text of a progress line. */
export function noteOf(tally: RunTally, usage: UsageTotals | null): string {
  const parts = tally.done === 0 ? [] : [shares(tally)];
  if (usage !== null) {
    const { promptTokens, completionTokens, costUsd } = usage;
    parts.push(`${thousands(promptTokens)}+${thousands(completionTokens)} tokens`);
    if (costUsd !== null && costUsd > 0) parts.push(`$${costUsd.toFixed(2)}`);
  }
  return parts.join(", ");
}

function thousands(n: number): string {
  return n < 1000 ? `${n}` : n < 1e6 ? `${(n / 1e3).toFixed(1)}k` : `${(n / 1e6).toFixed(1)}M`;
}
