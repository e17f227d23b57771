import { showTrajectory } from "../../report/trajectory_display.ts";
import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { attemptSeed } from "../../runs/attempt_seed.ts";
import type { StudentParts } from "../../student/generate/engine_options.ts";
import { createStudentModel } from "../../student/student_model.ts";
import type { TrainingProgress } from "../../student/train/train_student.ts";
import type { PlannedContext } from "./distill_context.ts";
import { studentNames, studentOf, systemFacts, systemSlugs } from "./system_facts.ts";
import { evaluatedSystem } from "./systems.ts";

/** Training before a student's early attempt, in milliseconds. */
export const EARLY_MS = 20_000;

/** An attempt of a student that is still learning, at a question that no student learns from. */
export interface EarlyAttempt {
  /** Clause that names the student and says how far its training is. */
  readonly who: string;
  /** The attempt, as it came. */
  readonly trajectory: Trajectory;
  /** All of it as text, for a terminal or a notebook. */
  readonly text: string;
}

/**
 * Lets a student that is still learning attempt a test question, of a benchmark that is trained on where
 * there is one. It is shown only: no row comes from it.
 *
 * @throws the signal's reason when it is aborted
 */
export async function attemptEarly(
  context: PlannedContext,
  paradigm: Paradigm,
  student: StudentParts,
  { step, steps }: Pick<TrainingProgress, "step" | "steps">,
): Promise<EarlyAttempt> {
  const { plan, options, signal, abortSignal = signal } = context;
  const task = plan.test.find(({ benchmark }) => plan.trainedOn.has(benchmark)) ?? plan.test[0];
  const slug = systemSlugs.find((slug) =>
    studentOf(slug) === paradigm && !systemFacts[slug].votes && !systemFacts[slug].goesOn
  )!;
  const name = studentNames[paradigm];
  const model = await createStudentModel(student, { name });
  try {
    const system = await evaluatedSystem(context, slug, {
      teacher: null,
      student: model,
      base: null,
    });
    const { trajectory } = await system.solve(task, attemptSeed(options.seed, "early", task), {
      checkGoing: () => signal.throwIfAborted(),
      signal: abortSignal,
    });
    const who = `The ${name} after ${step} of ${steps} steps, at a question it has not seen`;
    return { who, trajectory, text: `${who}:\n${showTrajectory(trajectory)}` };
  } finally {
    await model.dispose();
  }
}
