import type { AgentSetup } from "../agent/agent_setup.ts";
import { type AgentAttempt, runAgent } from "../agent/run_agent.ts";
import { resolveAgentOptions } from "../agent/agent_options.ts";
import { gradeTrajectory } from "../grading/grade_trajectory.ts";
import type { Step } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";

/** Models and services of a rollout: the acting student and the correcting teacher. */
export interface RolloutSetup {
  /** The agent that learns; its tools and interpreter serve the teacher as well. */
  readonly student: AgentSetup;
  /** The agent that corrects, with its own system prompt and options; the step limit is the student's. */
  readonly teacher: Pick<AgentSetup, "model" | "systemPrompt" | "options">;
  /** Fills in `correct`. @default `gradeTrajectory`: by the task's gold answer */
  readonly grade?: (trajectory: Trajectory) => Trajectory;
}

/** Limits of the correction. */
export interface CorrectedRolloutOptions {
  /** Most steps that the teacher rewrites; the student goes on after each. @default 1 */
  readonly maxCorrections?: number;
  /**
   * True if the teacher ends the attempt when the student, after the last correction, still does
   * not answer correctly.
   * @default true
   */
  readonly teacherFinishes?: boolean;
}

/** A step of the student that the teacher rewrote. */
export interface Correction {
  /** The step's place in its trajectory. */
  readonly index: number;
  /** The turns before it, which both share. */
  readonly before: readonly Step[];
  /** The student's step. */
  readonly student: Step;
  /** The teacher's step in its place. */
  readonly teacher: Step;
}

/** Result of a rollout. */
export interface CorrectedRollout {
  /**
   * `correct`: the student alone; `corrected`: with corrections; `unsolved`: the teacher found no
   * right answer from any of the student's steps, or was not let to finish.
   */
  readonly outcome: "correct" | "corrected" | "unsolved";
  /** The attempt as it ended, with the corrected steps; under the student's system prompt. */
  readonly trajectory: Trajectory;
  /** Author of each step. */
  readonly authors: readonly ("student" | "teacher")[];
  /** Steps that the teacher rewrote, in order. */
  readonly corrections: readonly Correction[];
}

/**
 * A rollout of the student in which the teacher rewrites the first wrong step. The student acts;
 * when its answer is wrong, the teacher continues after each of the student's steps in turn. The
 * first step after which the teacher no longer finds the right answer is the wrong one: the
 * teacher's step takes its place, and the student goes on from there. A turn that could not be
 * read as an action is always wrong; an error of the code is not, as long as it can be mended.
 * What results is a trajectory in the student's own words, with as little of the teacher's as it
 * needs.
 *
 * Seeds, failures and aborts are as in `runAgent`.
 *
 * @source arXiv 2509.14257 (SCoRe): the teacher corrects only the earliest error. There a teacher's
 *   judgement finds the error; here it is found by trying.
 * @throws {RangeError} when `maxCorrections` is not a positive whole number
 * @throws the signal's reason when it aborts
 *
 * @example
 * ```ts
 * import { createInterpreter, createLabExpert, loadLabBenchmark } from "@potstill";
 * import { loadPrompts, longSystemPrompt, shortSystemPrompt } from "@potstill/agent";
 * import { correctedRollout } from "@potstill/student";
 * const prompts = await loadPrompts();
 * const interpreter = await createInterpreter({ processes: 1 });
 * // A careless agent learns from a careful one.
 * const student = {
 *   model: createLabExpert({ wrongReasoningRate: 1 }),
 *   systemPrompt: shortSystemPrompt(prompts),
 *   ...{ interpreter, prompts, tools: [] },
 * };
 * const careful = { wrongReasoningRate: 0, buggyCodeRate: 0, wrongQueryRate: 0, malformedRate: 0 };
 * const teacher = {
 *   model: createLabExpert(careful),
 *   systemPrompt: longSystemPrompt(prompts, [], ["math"], 5),
 * };
 * const [task] = loadLabBenchmark("lab-math", { split: "train", count: 1, seed: "example" });
 * const { trajectory } = await correctedRollout({ student, teacher }, { task, seed: 1 });
 * await interpreter.close();
 * if (trajectory.correct !== true) throw new Error(`answered ${trajectory.answer}`);
 * ```
 */
export async function correctedRollout(
  setup: RolloutSetup,
  attempt: AgentAttempt,
  options: CorrectedRolloutOptions = {},
): Promise<CorrectedRollout> {
  const { maxCorrections = 1, teacherFinishes = true } = options;
  if (!Number.isInteger(maxCorrections) || maxCorrections < 1) {
    throw new RangeError(
      `Cannot correct a rollout: maxCorrections must be 1 or more, it is ${maxCorrections}`,
    );
  }
  const { student, teacher, grade = gradeTrajectory } = setup;
  const actAs = async (agent: AgentSetup, steps: readonly Step[]) => {
    const { firstThought, ...rest } = attempt;
    const begun = steps.length > 0 || firstThought === undefined ? rest : attempt;
    return grade(await runAgent(agent, { ...begun, steps }));
  };
  const limit = resolveAgentOptions(student.options ?? {}).maxSteps;
  const corrector: AgentSetup = {
    ...student,
    ...teacher,
    options: { ...teacher.options, maxSteps: limit },
  };
  const corrections: Correction[] = [];
  let trajectory = await actAs(student, attempt.steps ?? []);
  let authors = trajectory.steps.map((): "student" | "teacher" => "student");
  while (trajectory.correct !== true) {
    const taken = trajectory.steps.filter((step) => step.modelOutput !== "").slice(0, limit);
    const from = corrections.at(-1)?.index ?? (attempt.steps?.length ?? 0) - 1;
    const found = await firstWrongStep(taken, from + 1, (steps) => actAs(corrector, steps));
    if (found === null) return { outcome: "unsolved", trajectory, authors, corrections };
    const { index, rescue } = found;
    const before = taken.slice(0, index);
    const correction = { index, before, student: taken[index], teacher: rescue.steps[index] };
    corrections.push(correction);
    const isLast = corrections.length === maxCorrections;
    const steps = [...before, correction.teacher];
    const written = [...authors.slice(0, index), "teacher" as const];
    const next = correction.teacher.isFinal ? rescue : await actAs(student, steps);
    const ends = isLast && next.correct !== true && teacherFinishes;
    const chosen = ends ? rescue : next;
    trajectory = { ...chosen, prompt: trajectory.prompt, model: student.model.name };
    authors = trajectory.steps.map((_, i) => written[i] ?? (ends ? "teacher" : "student"));
    if (isLast) break;
  }
  const outcome = trajectory.correct !== true
    ? "unsolved"
    : corrections.length === 0
    ? "correct"
    : "corrected";
  return { outcome, trajectory, authors, corrections };
}

/**
 * The first of the steps `from` on that is no action or after which the teacher fails, with the
 * teacher's correct attempt from before it; null when there is no such attempt.
 */
async function firstWrongStep(
  steps: readonly Step[],
  from: number,
  goOn: (steps: readonly Step[]) => Promise<Trajectory>,
): Promise<{ readonly index: number; readonly rescue: Trajectory } | null> {
  let found: { readonly index: number; readonly rescue: Trajectory } | null = null;
  for (let index = from; index < steps.length; index++) {
    const rescue = await goOn(steps.slice(0, index));
    if (rescue.correct !== true) break;
    found = { index, rescue };
    // The teacher gets over a turn that could not be read, but nobody should learn it.
    if (steps[index].error?.kind === "parse") break;
  }
  return found;
}
