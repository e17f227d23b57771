import { join } from "node:path";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { overflowWarning } from "../../evaluation/overflow_warning.ts";
import { rowFromTrajectories } from "../../evaluation/row_from_trajectories.ts";
import { type TrainingFacts, trainingFacts } from "../../evaluation/training_facts.ts";
import type { RunTally } from "../../generation/run_tally.ts";
import { type PlannedContext, studentFolder } from "./distill_context.ts";
import { studentOf, systemFacts } from "./system_facts.ts";
import { makeAttempts } from "./make_attempts.ts";
import type { EvaluatedSystem } from "./systems.ts";
import { attemptSeed } from "../../runs/attempt_seed.ts";

/** Tasks worked on at once, so that a student's decoding steps are shared by many. */
const CONCURRENCY = 64;

/**
 * Lets a system solve every test task, stores each trajectory as it comes, and makes one graded row of
 * each.
 *
 * @param teacher name of the model that wrote the training data
 */
export async function evaluate(
  context: PlannedContext,
  system: EvaluatedSystem,
  teacher: string,
): Promise<EvaluationRow[]> {
  const { options, plan, run, progress } = context;
  const trajectories = await makeAttempts(context, {
    stage: `evaluate ${system.name}`,
    path: join(run.path, "evaluation", `${system.slug}.jsonl`),
    tasks: plan.test,
    concurrency: system.concurrency ?? CONCURRENCY,
    acceptRefusals: system.acceptRefusals,
    note: percentCorrect,
    attempt: (task, making) =>
      system.solve(task, attemptSeed(options.seed, `evaluate-${system.slug}`, task), making),
  });
  const facts = await factsOf(context, system);
  const rows = trajectories.map((trajectory) =>
    rowFromTrajectories([trajectory], {
      runId: run.manifest.id,
      system: system.name,
      systemId: system.slug,
      student: system.student,
      teacher: systemFacts[system.slug].asks === "base" ? null : teacher,
      inDomain: plan.trainedOn.has(trajectory.task.benchmark),
      trainedOn: facts?.hasSeen(trajectory.task),
      seed: options.seed,
    })
  );
  const warning = overflowWarning(rows);
  if (warning !== null) progress.log(`${system.name}: ${warning}`);
  return rows;
}

function percentCorrect({ done, correct }: RunTally): string {
  return done === 0 ? "" : `${Math.round(100 * correct / done)}% correct`;
}

/** What the system's student was trained on; null for the teacher and the base model. */
async function factsOf(
  context: PlannedContext,
  { slug }: EvaluatedSystem,
): Promise<TrainingFacts | null> {
  const paradigm = studentOf(slug);
  return paradigm === null
    ? null
    : await trainingFacts({ student: studentFolder(context, paradigm) });
}
