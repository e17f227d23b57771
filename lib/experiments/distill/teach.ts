import { join } from "node:path";
import { firstThoughtOf } from "../../agent/first_thought.ts";
import { checkTrajectory } from "../../records/check.ts";
import { type Task, taskKey } from "../../records/task.ts";
import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { mapToJsonl } from "../../runs/map_to_jsonl.ts";
import type { ActingContext } from "./distill_context.ts";
import { attemptSeed } from "../../runs/attempt_seed.ts";
import type { OpenTeacher } from "./teacher.ts";

/** Trajectories of the teacher, one per task and paradigm. */
export type TeacherTrajectories = Readonly<Record<Paradigm, readonly Trajectory[]>>;

/**
 * Lets the teacher solve tasks as an agent, by CoT, and by CoT with retrieved passages in the prompt.
 * With `firstThoughtPrefix` the CoT answers also begin its agent runs.
 *
 * @source paper, section 3.2 (trajectories, first-thought prefix) and section 4 (baselines)
 */
export async function teach(
  context: ActingContext,
  teacher: OpenTeacher,
  tasks: Readonly<Record<Paradigm, readonly Task[]>>,
): Promise<TeacherTrajectories> {
  const { lab, options } = context;
  const { seed, topK, maxSteps, cotTokens: maxNewTokens, firstThoughtPrefix } = options;
  const { model, sampling, systemPrompt, stepTokens } = teacher;
  const cot = await collect(context, "cot", tasks.cot, (task, signal) => {
    const attempt = {
      ...sampling,
      maxNewTokens,
      seed: attemptSeed(seed, "teach-cot", task),
      signal,
    };
    return lab.answer(model, task, attempt);
  });
  const cotRag = await collect(context, "cot-rag", tasks["cot-rag"], (task, signal) => {
    const attempt = { maxNewTokens, seed: attemptSeed(seed, "teach-cot-rag", task), signal };
    return lab.answer(model, task, { ...sampling, ...attempt, passages: topK });
  });
  const cotTexts = new Map(cot.map((t) => [taskKey(t.task), t.steps[0].modelOutput]));
  const agent = await collect(context, "agent", tasks.agent, (task, signal) => {
    const attempt = {
      ...sampling,
      ...(stepTokens === undefined ? {} : { maxNewTokens: stepTokens }),
      systemPrompt,
      maxSteps,
      seed: attemptSeed(seed, "teach-agent", task),
      signal,
    };
    const firstThought = firstThoughtPrefix
      ? firstThoughtOf(cotTexts.get(taskKey(task)) ?? "")
      : null;
    return lab.solve(model, task, firstThought === null ? attempt : { ...attempt, firstThought });
  });
  return { agent, cot, "cot-rag": cotRag };
}

/** The expert answers at once: more agents than Python processes would only change places. */
const EXPERT_CONCURRENCY = 2;
/** A student reads and writes for many agents together. */
const STUDENT_CONCURRENCY = 64;

async function collect(
  context: ActingContext,
  paradigm: Paradigm,
  tasks: readonly Task[],
  attempt: (task: Task, signal: AbortSignal) => Promise<Trajectory>,
): Promise<Trajectory[]> {
  if (tasks.length === 0) return [];
  const stage = context.progress.stage(`teacher, ${paradigm}`, tasks.length);
  const trajectories = await mapToJsonl({
    path: join(context.run.path, "trajectories", `${paradigm}.jsonl`),
    items: tasks,
    itemId: taskKey,
    rowId: (trajectory: Trajectory) => taskKey(trajectory.task),
    check: checkTrajectory,
    concurrency: context.options.teacher === "expert" ? EXPERT_CONCURRENCY : STUDENT_CONCURRENCY,
    signal: context.signal,
    onProgress: (done) => stage.update(done),
  }, attempt);
  stage.done();
  return trajectories;
}
