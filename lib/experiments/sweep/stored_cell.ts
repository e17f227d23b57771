import { join } from "node:path";
import {
  type DistillOptions,
  optionsOfManifest,
  presentResolved,
} from "../distill/distill_options.ts";
import type { ImproveRound } from "../../improvement/improve_round.ts";
import { readRounds } from "../distill/then_stage.ts";
import { checkEvaluationRow } from "../../evaluation/check_evaluation_row.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { rowFromTrajectories } from "../../evaluation/row_from_trajectories.ts";
import { TEACHER_TRAINING_ID } from "../../evaluation/system_id.ts";
import { checkTrajectory } from "../../records/check.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { readJsonl } from "../../runs/jsonl.ts";
import { readInputObject } from "../../runs/read_input.ts";
import { readManifest } from "../../runs/read_manifest.ts";

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
  /** Cost of the student's going on; absent where it does not. */
  readonly then?: ThenCost;
}

/** Cost of a student's going on after its distillation. */
export interface ThenCost {
  /** Tokens that the student drew. */
  readonly sampledTokens: number;
  /** Tokens that were trained. */
  readonly trainedTokens: number;
  /** Tokens that training read. */
  readonly readTokens: number;
  /** Wall time, in milliseconds, attempts included. */
  readonly durationMs: number;
}

/**
 * Reads a finished run's rows and its teacher's trajectories as rows.
 *
 * @throws {Error} naming the file and line that is missing or at fault
 */
export async function readCell(path: string, name: string): Promise<StoredCell> {
  const { id, options } = await readCellManifest(path);
  const metrics = await readInputObject(join(path, "metrics.json"));
  const rows = await readJsonl(
    join(path, "rows.jsonl"),
    (value) => checkEvaluationRow(value as Parameters<typeof checkEvaluationRow>[0]),
  );
  const taught = await readJsonl(join(path, "trajectories", "agent.jsonl"), checkTrajectory);
  const teacherRows = teacherRowsOf(taught, id, options);
  const then = options.then === null ? {} : { then: thenCost(await readRounds(path)) };
  return {
    name,
    path,
    options,
    rows,
    teacherRows,
    durationMs: Number(metrics.durationMs),
    ...then,
  };
}

/** The teacher's agent runs on the training tasks as rows. */
export function teacherRowsOf(
  taught: readonly Trajectory[],
  runId: string,
  { firstThoughtPrefix, seed }: DistillOptions,
): EvaluationRow[] {
  return taught.map((trajectory) =>
    rowFromTrajectories([trajectory], {
      runId,
      system: "teacher agent, training tasks",
      systemId: TEACHER_TRAINING_ID,
      student: null,
      teacher: null,
      model: trajectory.model,
      firstThoughtPrefix,
      inDomain: true,
      seed,
    })
  );
}

function thenCost(rounds: readonly ImproveRound[]): ThenCost {
  const sum = (field: "sampledTokens" | "trainedTokens" | "tokens" | "durationMs") =>
    rounds.reduce((total, round) => total + round[field], 0);
  return {
    sampledTokens: sum("sampledTokens"),
    trainedTokens: sum("trainedTokens"),
    readTokens: sum("tokens"),
    durationMs: sum("durationMs"),
  };
}

/** The manifest of a cell, finished or not. */
export interface CellManifest {
  /** The run's id. */
  readonly id: string;
  /** Its settings in full. */
  readonly options: DistillOptions;
  /** The same with what its manifest adds, such as hashes. */
  readonly resolved: Record<string, JsonValue>;
  /** Revision of the kit that it was begun with; null outside a checkout. */
  readonly revision: string | null;
}

/** Reads a cell's manifest. @throws {Error} naming the file that is missing or at fault */
export async function readCellManifest(path: string): Promise<CellManifest> {
  const { id, resolved, revision } = await readManifest(join(path, "manifest.json"));
  const options = optionsOfManifest(resolved);
  return { id, options, resolved: presentResolved(resolved), revision };
}
