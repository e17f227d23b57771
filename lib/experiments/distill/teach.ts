import { existsSync } from "node:fs";
import { join } from "node:path";
import { firstThoughtOf } from "../../agent/first_thought.ts";
import { noteOf } from "../../generation/run_generation.ts";
import { attemptAgent, attemptCot } from "../../generation/solve_attempt.ts";
import type { Task } from "../../records/task.ts";
import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { writeJsonl } from "../../runs/jsonl.ts";
import type { ActingContext, DistillContext } from "./distill_context.ts";
import type { DistillOptions } from "./distill_options.ts";
import { makeAttempts, type StageAttempts, teacherSetup } from "./make_attempts.ts";
import { taskKey } from "../../records/task.ts";
import { attemptSeed } from "../../runs/attempt_seed.ts";
import type { OpenTeacher } from "./teacher.ts";
import type { TeacherRun } from "./teacher_run.ts";

/** Trajectories of the teacher, one per task and paradigm. */
export type TeacherTrajectories = Readonly<Record<Paradigm, readonly Trajectory[]>>;

/**
 * The tasks that the teacher is asked, by paradigm: every training task, but by CoT only what a student
 * learns from or a first-thought prefix needs.
 */
export function taughtTasks(
  { firstThoughtPrefix }: Pick<DistillOptions, "firstThoughtPrefix">,
  { train, paradigms }: {
    readonly train: readonly Task[];
    readonly paradigms: readonly Paradigm[];
  },
): Record<Paradigm, readonly Task[]> {
  const isNeeded = (paradigm: Paradigm) =>
    paradigms.includes(paradigm) || (paradigm === "cot" && firstThoughtPrefix);
  return {
    agent: train,
    cot: isNeeded("cot") ? train : [],
    "cot-rag": isNeeded("cot-rag") ? train : [],
  };
}

/**
 * Lets the teacher solve tasks as an agent, by CoT, and by CoT with retrieved passages in the prompt.
 * With `firstThoughtPrefix` the CoT answers also begin its agent runs.
 *
 * @param isPrefixed whether a CoT answer may begin the agent run at its task. @default all
 * @source paper, section 3.2 (trajectories, first-thought prefix) and section 4 (baselines)
 */
export async function teach(
  context: ActingContext,
  teacher: OpenTeacher,
  tasks: Readonly<Record<Paradigm, readonly Task[]>>,
  isPrefixed: (task: Task) => boolean = () => true,
): Promise<TeacherTrajectories> {
  const cot = await teachByCot(context, teacher, "cot", tasks.cot);
  const cotRag = await teachByCot(context, teacher, "cot-rag", tasks["cot-rag"]);
  const thoughts = cot.filter(({ task }) => isPrefixed(task));
  const agent = await teachAsAgent(context, teacher, tasks.agent, thoughts);
  return { agent, cot, "cot-rag": cotRag };
}

/** The teacher's CoT answers. @source paper, section 4 (baselines) */
export async function teachByCot(
  context: ActingContext,
  teacher: OpenTeacher,
  paradigm: "cot" | "cot-rag",
  tasks: readonly Task[],
): Promise<readonly Trajectory[]> {
  const { seed, topK } = context.options;
  const setup = await teacherSetup(context, teacher);
  return await collect(
    context,
    teacher,
    paradigm,
    tasks,
    (task, making) =>
      attemptCot(setup(making), task, {
        ...teacher.sampling,
        maxNewTokens: teacher.cotMaxNewTokens,
        passages: paradigm === "cot" ? 0 : topK,
        seed: attemptSeed(seed, `teach-${paradigm}`, task),
        signal: making.signal,
      }),
  );
}

/**
 * The teacher's agent runs.
 *
 * @param cot its CoT answers, from which first thoughts are taken
 * @source paper, section 3.2 (trajectories, first-thought prefix)
 */
export async function teachAsAgent(
  context: ActingContext,
  teacher: OpenTeacher,
  tasks: readonly Task[],
  cot: readonly Trajectory[],
): Promise<readonly Trajectory[]> {
  const { seed, maxSteps, firstThoughtPrefix } = context.options;
  const { sampling, systemPrompt, maxNewTokens } = teacher;
  const setup = await teacherSetup(context, teacher);
  const cotTexts = new Map(cot.map((t) => [taskKey(t.task), t.steps[0].modelOutput]));
  return await collect(context, teacher, "agent", tasks, (task, making) => {
    const firstThought = firstThoughtPrefix
      ? firstThoughtOf(cotTexts.get(taskKey(task)) ?? "")
      : null;
    return attemptAgent(setup(making), task, {
      ...sampling,
      ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
      systemPrompt,
      maxSteps,
      seed: attemptSeed(seed, "teach-agent", task),
      ...(firstThought === null ? {} : { firstThought }),
      signal: making.signal,
    });
  });
}

function collect(
  context: ActingContext,
  teacher: OpenTeacher,
  paradigm: Paradigm,
  tasks: readonly Task[],
  attempt: StageAttempts["attempt"],
): Promise<readonly Trajectory[]> {
  return makeAttempts(context, {
    stage: `teacher, ${paradigm}`,
    path: trajectoriesOf(context, paradigm),
    tasks,
    concurrency: teacher.concurrency,
    acceptRefusals: teacher.acceptRefusals,
    note: (tally) => noteOf(tally, teacher.usage()),
    attempt,
  });
}

/**
 * Takes the trajectories of a run in place of a teacher's, and keeps a copy of those that are used in
 * the run's own folder.
 *
 * @throws {Error} naming the file and line that cannot be read
 */
export async function takeTrajectories(
  context: DistillContext,
  run: TeacherRun,
  paradigms: readonly Paradigm[],
): Promise<TeacherTrajectories> {
  const stage = context.progress.stage("trajectories", null);
  const taken: Record<Paradigm, readonly Trajectory[]> = { agent: [], cot: [], "cot-rag": [] };
  for (const paradigm of paradigms) {
    taken[paradigm] = await run.read(paradigm);
    const path = trajectoriesOf(context, paradigm);
    if (!existsSync(path)) await writeJsonl(path, taken[paradigm]);
  }
  stage.done(paradigms.map((paradigm) => `${paradigm} ${taken[paradigm].length}`).join(", "));
  return taken;
}

/** The models that wrote the trajectories, as one name. */
export function teachersOf(taught: TeacherTrajectories): string {
  const names = Object.values(taught).flatMap((all) => all.map(({ model }) => model));
  return [...new Set(names)].sort().join(" + ");
}

function trajectoriesOf({ run }: DistillContext, paradigm: Paradigm): string {
  return join(run.path, "trajectories", `${paradigm}.jsonl`);
}

/** Trajectories that come later, by the paradigm that they are of. */
export type TaughtLater = Readonly<Record<Paradigm, Promise<readonly Trajectory[]>>>;

/** Those of each paradigm out of all that come later. */
export function takenLater(taken: Promise<TeacherTrajectories>): TaughtLater {
  const of = (paradigm: Paradigm) => {
    const own = taken.then((all) => all[paradigm]);
    own.catch(() => {});
    return own;
  };
  return { agent: of("agent"), cot: of("cot"), "cot-rag": of("cot-rag") };
}
