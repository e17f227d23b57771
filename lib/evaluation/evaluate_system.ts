import { join } from "node:path";
import type { DataFrame } from "nodejs-polars";
import { taskCluster } from "../tasks/task_cluster.ts";
import type { Agreement } from "./agreement.ts";
import type { EvaluationRow } from "./evaluation_row.ts";
import { rowsFrame } from "./rows_frame.ts";
import { agreementWithExactMatch, judgeRows } from "./judge_rows.ts";
import { type AnyMathPolicy, MATH_VERIFY } from "../grading/math_policy.ts";
import { rowFromTrajectories } from "./row_from_trajectories.ts";
import { type BenchmarkScore, summarize } from "./summarize.ts";
import { modelTier } from "./system_traits.ts";
import { verifyRows } from "./verify_rows.ts";
import { generate } from "../generation/generate.ts";
import { commonestFailure, type RunTally } from "../generation/run_tally.ts";
import { loadTasks } from "../workbench/load_tasks.ts";
import { isStudentFolder, teacherName } from "../workbench/open_teacher.ts";
import type { GenerationStatus } from "../generation/run_attempts.ts";
import { trajectoriesPath } from "../generation/run_generation.ts";
import type { OptionInput } from "../records/option_table.ts";
import { checkOptions } from "../records/resolve_options.ts";
import { checkTrajectory } from "../records/check.ts";
import { sampleOfId } from "../records/task.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { lockFolder } from "../runs/folder_lock.ts";
import { readJsonl, writeJsonl } from "../runs/jsonl.ts";
import { type JudgeEndpoint, openJudge } from "./open_judge.ts";
import { openMathVerify } from "./open_math_verify.ts";
import { overflowWarning } from "./overflow_warning.ts";
import { studentTier } from "./student_tier.ts";
import {
  defaultSystemName,
  generationRequest,
  ROW_OPTIONS,
  type SystemRequest,
} from "./system_options.ts";
import { trainingFacts } from "./training_facts.ts";

/** The request of an evaluation. */
export interface EvaluateRequest extends SystemRequest, OptionInput<typeof ROW_OPTIONS> {
  /** The distilled model, for one behind an endpoint. @default the folder's name, null for others */
  readonly student?: string | null;
  /** Grades answers to questions in place of exact match. @default none */
  readonly judge?: JudgeEndpoint;
  /** The policy for mathematics. @default `exact` in the lab, else the graders' default */
  readonly mathPolicy?: AnyMathPolicy;
}

/** An evaluation that ended. */
export interface EvaluationResult {
  /** The run's folder. */
  readonly path: string;
  /** The status at the end; rows are there when it is `complete`. */
  readonly status: GenerationStatus;
  /** The reason why it is not complete or measures nothing; null when it is and does. */
  readonly problem: string | null;
  /** Caveats of its accuracy, such as questions that the student was trained on. */
  readonly warnings: readonly string[];
  /** One graded row for each task and attempt; empty unless complete. */
  readonly rows: readonly EvaluationRow[];
  /** Accuracy on the benchmark; null unless complete. */
  readonly score: BenchmarkScore | null;
  /** Exact match against the judge's verdicts; null without a judge. */
  readonly judged: Agreement | null;
  /** The rows as a Polars frame. */
  frame(): DataFrame;
}

/**
 * Evaluates one system on one benchmark: makes every attempt that is not stored yet, and writes
 * `rows.jsonl` into the run's folder. An evaluation that was interrupted goes on with `resume`.
 *
 * @throws {Error} when an option, a folder, a file or the endpoint is at fault
 *
 * @example
 * ```ts
 * import { evaluateSystem, openProgress } from "@potstill";
 * export async function accuracy(out: string): Promise<number> {
 *   const { score } = await evaluateSystem({
 *     benchmark: "lab-bamboogle",
 *     limit: 20,
 *     system: "agent-sag",
 *     candidates: 4,
 *     teacher: "lab-expert",
 *     out,
 *     progress: openProgress(),
 *   });
 *   return score?.accuracy.estimate ?? NaN;
 * }
 * ```
 */
export async function evaluateSystem(request: EvaluateRequest): Promise<EvaluationResult> {
  const { name, student, taughtBy, tier, trainedWithPrefix, inDomain, judge, ...more } = request;
  const { mathPolicy, ...system } = more;
  checkOptions(ROW_OPTIONS, { name, taughtBy, tier, trainedWithPrefix, inDomain }, "evaluate");
  // What is missing is told before the model is asked, not hours later.
  if (mathPolicy === MATH_VERIFY) await (await openMathVerify({ processes: 1 })).close();
  // Rows are written after the attempts are made, by the process that made them.
  await using lock = request.out === undefined ? null : await lockFolder(request.out, "evaluate");
  const facts = await trainingFacts(request.teacher);
  const asked = generationRequest({ ...system, lock: lock ?? undefined });
  const { benchmarkName, limit = null, seed = 0 } = asked;
  const { tasks } = await loadTasks({
    ...asked,
    split: asked.split!,
    fileSplit: asked.split,
    benchmarkName,
    limit,
    seed,
  });
  const warnings = facts.notes(tasks);
  const generated = await generate({ ...asked, warnings });
  const { path, status, summary } = generated;
  const { problem } = summary;
  if (status !== "complete") {
    return {
      path,
      status,
      problem,
      warnings,
      rows: [],
      score: null,
      judged: null,
      frame: () => rowsFrame([]),
    };
  }
  const trajectories = await readJsonl(trajectoriesPath(path, asked.paradigm!), checkTrajectory);
  const model = request.model ?? teacherName(request.teacher);
  const ownStudent = isStudentFolder(request.teacher) ? teacherName(request.teacher)! : null;
  const ownTier = tier ??
    (isStudentFolder(request.teacher)
      ? await studentTier(request.teacher.student)
      : modelTier(model ?? "") ?? undefined);
  let rows = trajectories.map((trajectory) =>
    rowFromTrajectories([trajectory], {
      runId: path.split(/[\\/]/).at(-1)!,
      system: name ?? defaultSystemName(system),
      student: student ?? ownStudent,
      teacher: taughtBy ?? facts.teacher,
      ...(model === undefined ? {} : { model }),
      ...(ownTier === undefined ? {} : { tier: ownTier }),
      firstThoughtPrefix: (request.firstThoughtPrefix ?? false) ||
        (trainedWithPrefix ?? facts.firstThoughtPrefix ?? false),
      inDomain: inDomain ?? facts.inDomain(trajectory.task.benchmark),
      trainedOn: facts.hasSeen(trajectory.task),
      seed: (request.seed ?? 0) + sampleOfId(trajectory.id),
      cluster: taskCluster(trajectory.task),
      ...(mathPolicy === undefined || mathPolicy === MATH_VERIFY ? {} : { mathPolicy }),
    })
  );
  if (mathPolicy === MATH_VERIFY) rows = await withMathVerify(rows, trajectories, request);
  if (judge !== undefined) rows = await withJudge(rows, trajectories, judge, request);
  await writeJsonl(join(path, "rows.jsonl"), rows);
  for (const text of [overflowWarning(rows), unansweredNote(summary.tally)]) {
    if (text === null) continue;
    request.progress.log(text);
    warnings.push(text);
  }
  return {
    path,
    status,
    problem: isNeverAnswered(summary.tally)
      ? `the endpoint answered no attempt: ${commonestFailure(summary.tally)}`
      : null,
    warnings,
    rows,
    score: summarize(rows).scores[0] ?? null,
    judged: judge === undefined ? null : agreementWithExactMatch(rows),
    frame: () => rowsFrame(rows),
  };
}

async function withMathVerify(
  rows: readonly EvaluationRow[],
  trajectories: readonly Trajectory[],
  { progress, signal, processes }: EvaluateRequest,
): Promise<EvaluationRow[]> {
  const records = new Map(rows.map((row, i) => {
    const { task: { id, answer, aliases = [] }, answer: prediction } = trajectories[i];
    return [row, { id, gold: answer, prediction, aliases }];
  }));
  const stage = progress.stage("math-verify", rows.length);
  const mathVerify = await openMathVerify({ processes });
  try {
    return await verifyRows(rows, {
      mathVerify,
      recordOf: (row) => records.get(row)!,
      onProgress: (done) => stage.update(done),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    stage.done();
    await mathVerify.close();
  }
}

async function withJudge(
  rows: readonly EvaluationRow[],
  trajectories: readonly Trajectory[],
  endpoint: JudgeEndpoint,
  { progress, signal, concurrency }: EvaluateRequest,
): Promise<EvaluationRow[]> {
  const questions = new Map(trajectories.map(({ task }) => [task.id, task.question]));
  const stage = progress.stage("judge", rows.length);
  const opened = await openJudge(endpoint, signal);
  try {
    return await judgeRows(rows, {
      judge: opened.judge,
      grader: opened.grader,
      questionOf: (row) => questions.get(row.taskId) ?? null,
      onProgress: (done) => stage.update(done),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    stage.done();
    await opened.close();
  }
}

/** The errors of attempts without an answer; null when there is none. */
function unansweredNote(tally: RunTally): string | null {
  const missing = tally.done - tally.answered;
  if (missing === 0) return null;
  return `Note: ${missing} of ${tally.done} attempts came to no answer and are not right. Commonest: ${
    commonestFailure(tally)
  }`;
}

/** True if every attempt ended with a failed request, so that nothing was measured. */
function isNeverAnswered({ done, answered, errors }: RunTally): boolean {
  return done > 0 && answered === 0 && (errors.generation ?? 0) >= done;
}
