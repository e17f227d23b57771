import type { StepError, StepErrorKind } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { isTurn } from "../records/turns.ts";
import { capabilityOf } from "./capability.ts";
import { type ErrorCounts, type EvaluationRow, NO_ERRORS } from "./evaluation_row.ts";
import { extractAnswer } from "../grading/extract_answer.ts";
import { gradeTask } from "../grading/grade_task.ts";
import { majorityVote } from "../grading/majority_vote.ts";
import type { MathPolicy } from "../grading/math/policy.ts";
import { policyOf } from "../grading/task_policy.ts";
import { policyVerdicts } from "./policy_verdicts.ts";
import { systemIdOf } from "./system_id.ts";

/** Facts of a row that its trajectories do not hold. */
export interface RowContext {
  /** The run that it belongs to. */
  readonly runId: string;
  /** The system's name in tables. */
  readonly system: string;
  /** Id of the system. @default made from its name */
  readonly systemId?: string;
  /** The distilled model, or null. */
  readonly student: string | null;
  /** The model that wrote the training data, or null. */
  readonly teacher: string | null;
  /** True if the student was trained on this benchmark. */
  readonly inDomain: boolean;
  /** True if the student was trained on this very question; absent where that is not known. */
  readonly trainedOn?: boolean;
  /** Seed of the attempt. */
  readonly seed: number;
  /** Name of the model that answered. */
  readonly model?: string;
  /** Size of that model, such as `1.5B`. */
  readonly tier?: string;
  /** True if the first-thought prefix was used. */
  readonly firstThoughtPrefix?: boolean;
  /** Tasks that share a source and so are not independent. */
  readonly cluster?: string;
  /** The policy for mathematics. @default the benchmark's */
  readonly mathPolicy?: MathPolicy;
}

/** Names of tools that count as a search. */
const SEARCH_TOOLS = new Set(["web_search", "search", "retrieve"]);

/**
 * Makes the evaluation row of one task. One trajectory gives a plain row; several of the same task
 * are samples of one answer chosen by majority vote (self-consistency), with costs summed.
 *
 * No answer is wrong, whatever stopped the attempt: a conversation that outgrew the model's context, a
 * reply that could not be used. Only where the model could not be asked, and no sample has an answer,
 * is the task unscored.
 *
 * @throws {Error} when there is no trajectory, or they are of different tasks
 */
export function rowFromTrajectories(
  trajectories: readonly Trajectory[],
  context: RowContext,
): EvaluationRow {
  const first = trajectories[0];
  if (first === undefined) throw new Error("Cannot make a row: there is no trajectory");
  const task = first.task;
  for (const { task: other } of trajectories) {
    if (other.id !== task.id || other.benchmark !== task.benchmark) {
      throw new Error(
        `Cannot make a row: trajectories of ${task.benchmark}/${task.id} and ${other.benchmark}/${other.id}`,
      );
    }
  }

  const errorKinds: { -readonly [K in keyof ErrorCounts]: ErrorCounts[K] } = { ...NO_ERRORS };
  const voteShares: number[] = [];
  let samples = 1;
  let unasked = 0;
  let [steps, codeSteps, toolCalls, searchCalls] = [0, 0, 0, 0];
  let [promptTokens, completionTokens, durationMs] = [0, 0, 0];
  for (const trajectory of trajectories) {
    for (const step of trajectory.steps) {
      if (isTurn(step)) steps++;
      if (step.code !== null) codeSteps++;
      if (step.error !== null) {
        const kind = errorKind(step.error);
        errorKinds[kind] = (errorKinds[kind] ?? 0) + 1;
        if (kind === "generation" && step.failedBy !== "model") unasked++;
      }
      toolCalls += step.toolCalls.length;
      searchCalls += step.toolCalls.filter((call) => SEARCH_TOOLS.has(call.name)).length;
      promptTokens += step.tokens.prompt;
      completionTokens += step.tokens.completion;
      durationMs += step.durations.generateMs + step.durations.executeMs;
      if (step.vote !== undefined) voteShares.push(step.vote.share);
      samples = Math.max(samples, step.candidates?.length ?? 1);
    }
  }

  let chosen: Trajectory | undefined = first;
  if (trajectories.length > 1) {
    const vote = majorityVote(trajectories.map((t) => t.answer), task.kind);
    chosen = trajectories[vote.chosen];
    voteShares.push(vote.share);
    samples = trajectories.length;
  }
  const prediction = chosen?.answer ?? null;
  const failed = prediction === null && unasked > 0;
  const policy = (task.kind === "math" ? context.mathPolicy : undefined) ?? policyOf(task);
  const grade = chosen?.grade?.policy === policy
    ? chosen.grade
    : gradeTask(task, prediction, context.mathPolicy);
  return {
    runId: context.runId,
    system: context.system,
    systemId: systemIdOf(context),
    paradigm: first.paradigm,
    student: context.student,
    teacher: context.teacher,
    ...(context.model === undefined ? {} : { model: context.model }),
    ...(context.tier === undefined ? {} : { tier: context.tier }),
    ...(context.firstThoughtPrefix === undefined
      ? {}
      : { firstThoughtPrefix: context.firstThoughtPrefix }),
    benchmark: task.benchmark,
    inDomain: context.inDomain,
    ...(context.trainedOn === undefined ? {} : { trainedOn: context.trainedOn }),
    kind: task.kind,
    taskId: task.id,
    ...(context.cluster === undefined ? {} : { cluster: context.cluster }),
    gold: task.answer,
    prediction: prediction === null ? null : extractAnswer(prediction, task.kind).answer,
    verdict: failed ? "unscored" : grade.verdict,
    ...(failed ? {} : policyVerdicts(task, prediction, context.mathPolicy)),
    em: failed ? null : grade.em,
    f1: failed ? null : grade.f1,
    capability: capabilityOf(trajectories.flatMap((trajectory) => trajectory.steps)),
    steps,
    codeSteps,
    toolCalls,
    searchCalls,
    promptTokens,
    completionTokens,
    durationMs: Math.round(durationMs),
    errorKinds,
    voteShare: voteShares.length === 0
      ? null
      : voteShares.reduce((a, b) => a + b, 0) / voteShares.length,
    samples,
    seed: context.seed,
  };
}

/** Older trajectories have students' overflows among the errors of kind `generation`. */
function errorKind({ kind, message }: StepError): StepErrorKind {
  const isOverflow = kind === "generation" &&
    /^Cannot generate: the prompt has \d+ tokens, and the student reads at most \d+$/.test(message);
  return isOverflow ? "context-overflow" : kind;
}
