import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DistillOptions } from "../distill/distill_options.ts";
import { isInDomain } from "../distill/lab_tasks.ts";
import { checkEvaluationRow } from "../evaluation/check_evaluation_row.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { rowFromTrajectories } from "../evaluation/row_from_trajectories.ts";
import { checkTrajectory } from "../records/check.ts";
import { readJsonl } from "../storage/jsonl.ts";

/** A finished run of a sweep. */
export interface StoredCell {
  /** Its name in the sweep. */
  readonly name: string;
  /** Its folder; empty for one that was made in memory. */
  readonly path: string;
  /** Its settings in full. */
  readonly options: DistillOptions;
  /** Every attempt of every system at a test task. */
  readonly rows: readonly EvaluationRow[];
  /** The teacher's agent runs on the training tasks. */
  readonly teacherRows: readonly EvaluationRow[];
  /** Wall time of the run, in milliseconds, without what it took over from other cells. */
  readonly durationMs: number;
}

/** What the teacher's rows of a cell are called. */
export const TEACHER_TRAINING = "teacher agent, training tasks";

/**
 * Reads a finished run's rows and its teacher's trajectories as rows.
 *
 * @throws {Error} naming the file and line that is missing or at fault
 */
export async function readCell(path: string, name: string): Promise<StoredCell> {
  const json = async (file: string) => {
    try {
      return JSON.parse(await readFile(join(path, file), "utf8"));
    } catch (cause) {
      throw new Error(`Cannot read ${join(path, file)}: ${(cause as Error).message}`, { cause });
    }
  };
  const manifest = await json("manifest.json");
  const metrics = await json("metrics.json");
  const { profile: _, baseSha256: __, teacherSha256: ___, ...options } = manifest.resolved;
  const rows = await readJsonl(
    join(path, "rows.jsonl"),
    (value) => checkEvaluationRow(value as Parameters<typeof checkEvaluationRow>[0]),
  );
  const taught = await readJsonl(join(path, "trajectories", "agent.jsonl"), checkTrajectory);
  const teacherRows = taught.map((trajectory) =>
    rowFromTrajectories([trajectory], {
      runId: manifest.id,
      system: TEACHER_TRAINING,
      student: null,
      teacher: null,
      model: trajectory.model,
      firstThoughtPrefix: options.firstThoughtPrefix,
      inDomain: isInDomain(trajectory.task.benchmark),
      seed: options.seed,
    })
  );
  return { name, path, options, rows, teacherRows, durationMs: metrics.durationMs };
}
