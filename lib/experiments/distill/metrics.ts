import { join } from "node:path";
import type { JsonValue } from "../../records/json.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { sha256OfJson } from "../../runs/hash.ts";
import type { DistillContext } from "./distill_context.ts";
import type { FinishedReport } from "./report.ts";
import type { TeacherTrajectories } from "./teach.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import type { TrainingSet } from "./training_sets.ts";

/** Every figure of a run as one JSON object; also written as `metrics.json`. */
export type DistillMetrics = { readonly [name: string]: JsonValue };

/** Input of the figures. */
export interface MetricParts {
  /** The teacher's trajectories; the agent's are hashed. */
  readonly taught: TeacherTrajectories;
  /** Gives the counts of kept and rejected trajectories and of tokens. */
  readonly sets: readonly TrainingSet[];
  /** One per model that the run has trained; a base model comes first. */
  readonly training: readonly TrainingSummary[];
  /** Gives the accuracies and comparisons. */
  readonly report: FinishedReport;
  /** Wall time of the stages before the report, in milliseconds. */
  readonly durationMs: number;
}

/** Collects the run's figures and writes them. */
export async function distillMetrics(
  context: DistillContext,
  parts: MetricParts,
): Promise<DistillMetrics> {
  const { summary, comparisons } = parts.report.report;
  const metrics = {
    run: context.run.path,
    report: parts.report.htmlPath,
    seed: context.options.seed,
    durationMs: Math.round(parts.durationMs),
    trajectoriesSha256: trajectoriesHash(parts.taught.agent),
    teacher: parts.sets.map((set) => ({
      paradigm: set.paradigm,
      kept: set.filter.kept.length,
      rejected: set.filter.rejected.length,
      reasons: set.filter.counts,
      tokens: set.tokens,
      trainedTokens: set.trainedTokens,
    })),
    students: parts.training.map(({ name, parameters, losses, durationMs, tokensPerSecond }) => ({
      name,
      parameters,
      finalLoss: losses.at(-1)?.loss ?? null,
      durationMs: Math.round(durationMs),
      tokensPerSecond: Math.round(tokensPerSecond),
    })),
    means: summary.means.map(({ system, domain, accuracy }) => ({ system, domain, ...accuracy })),
    accuracies: summary.scores.map(({ system, benchmark, accuracy, f1, unscored }) => ({
      system,
      benchmark,
      ...accuracy,
      f1,
      unscored,
    })),
    comparisons: comparisons.map(({ difference, ...rest }) => ({ ...rest, ...difference })),
  } as unknown as DistillMetrics;
  await writeJsonAtomic(join(context.run.path, "metrics.json"), metrics);
  return metrics;
}

/** One hash over all trajectories without their durations: equal runs give equal hashes. */
function trajectoriesHash(trajectories: readonly Trajectory[]): string {
  return sha256OfJson(trajectories.map((trajectory) => ({
    ...trajectory,
    steps: trajectory.steps.map(({ durations: _, ...step }) => step),
  })));
}
