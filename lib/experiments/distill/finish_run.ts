import { join } from "node:path";
import type { DataFrame } from "nodejs-polars";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { ImproveRound } from "../../improvement/improve_round.ts";
import { rowsFrame } from "../../evaluation/rows_frame.ts";
import { writeJsonl } from "../../runs/jsonl.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import type { PlannedContext } from "./distill_context.ts";
import { type DistillMetrics, distillMetrics } from "./metrics.ts";
import { makeReport } from "./report.ts";
import type { EvaluatedSystem } from "./systems.ts";
import type { TeacherTrajectories } from "./teach.ts";
import type { KeptConversations, LeftOutStudent, TrainingSet } from "./training_sets.ts";

/** The results of a distillation's stages. */
export interface FinishedStages {
  /** The main tables as text. */
  readonly table: string;
  /** Path of `report.html`. */
  readonly reportPath: string;
  /** Also in `metrics.json`. */
  readonly metrics: DistillMetrics;
  /** Every graded answer as a Polars frame. */
  frame(): DataFrame;
}

/** What a student has learned from, and how its training went. */
export interface Learned {
  /** The examples. */
  readonly set: TrainingSet;
  /** The training whose attempts the rollouts come from; null without rollouts. */
  readonly before: TrainingSummary | null;
  /** The training that made the student. */
  readonly after: TrainingSummary;
}

/** A system with its graded answers. */
export interface Evaluated {
  /** The system. */
  readonly system: EvaluatedSystem;
  /** Its answers. */
  readonly rows: readonly EvaluationRow[];
}

/** What the stages of a run have made. */
export interface StageResults {
  /** Systems with their answers, in the order of the report. */
  readonly evaluations: readonly Evaluated[];
  /** Students that were trained. */
  readonly learned: readonly Learned[];
  /** Training of the base model; null when it is a stored one. */
  readonly baseTraining: TrainingSummary | null;
  /** Time of all stages, in milliseconds. */
  readonly durationMs: number;
  /** The teacher in words. */
  readonly description: string;
  /** Students that were not trained. */
  readonly leftOut: readonly LeftOutStudent[];
  /** The teacher's trajectories. */
  readonly taught: TeacherTrajectories;
  /** Of each paradigm, what the filter kept. */
  readonly kept: readonly KeptConversations[];
  /** Rounds in which the agent student went on; empty when it did not. */
  readonly rounds: readonly ImproveRound[];
}

/** Writes a run's rows, report and metrics. */
export async function finishRun(
  context: PlannedContext,
  { evaluations, learned, baseTraining, durationMs, taught, ...more }: StageResults,
): Promise<FinishedStages> {
  const rows = evaluations.flatMap((one) => one.rows);
  await writeJsonl(join(context.run.path, "rows.jsonl"), rows);
  const training = [
    baseTraining,
    ...learned.map(({ before }) => before),
    ...learned.map(({ after }) => after),
  ].filter((one) => one !== null);
  const report = await makeReport(context, {
    ...more,
    systems: evaluations.map(({ system }) => system),
    rows,
    training,
    durationMs,
    taught,
  });
  const metrics = await distillMetrics(context, {
    taught,
    sets: learned.map(({ set }) => set),
    training,
    report,
    durationMs,
  });
  return {
    table: report.text,
    reportPath: report.htmlPath,
    metrics,
    frame: () => rowsFrame(rows),
  };
}
