import { join } from "node:path";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type TrainingFacts, trainingFacts } from "../../evaluation/training_facts.ts";
import { rowFromTrajectories } from "../../evaluation/row_from_trajectories.ts";
import { checkTrajectory } from "../../records/check.ts";
import { type Task, taskKey } from "../../records/task.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { mapToJsonl } from "../../runs/map_to_jsonl.ts";
import { attemptSeed } from "../../runs/attempt_seed.ts";
import { writeJsonl } from "../../runs/jsonl.ts";
import { type ActingContext, studentFolder } from "./distill_context.ts";
import { studentOf } from "./distill_options.ts";
import { isInDomain } from "./lab_tasks.ts";
import type { EvaluatedSystem } from "./systems.ts";

/** Tasks worked on at once, so that a student's decoding steps are shared by many. */
const CONCURRENCY = 64;

/**
 * Lets every system solve every test task, stores each trajectory as it comes, and makes one graded
 * row of each.
 *
 * @param teacher name of the model that wrote the training data
 */
export async function evaluate(
  context: ActingContext,
  systems: readonly EvaluatedSystem[],
  tasks: readonly Task[],
  teacher: string,
): Promise<EvaluationRow[]> {
  const rows: EvaluationRow[] = [];
  for (const system of systems) {
    const stage = context.progress.stage(`evaluate ${system.name}`, tasks.length);
    let correct = 0;
    let graded = 0;
    const trajectories = await mapToJsonl({
      path: join(context.run.path, "evaluation", `${system.slug}.jsonl`),
      items: tasks,
      itemId: taskKey,
      rowId: (trajectory: Trajectory) => taskKey(trajectory.task),
      check: checkTrajectory,
      concurrency: CONCURRENCY,
      signal: context.signal,
      onProgress: (done, trajectory) => {
        if (trajectory !== null) graded++;
        if (trajectory?.correct) correct++;
        stage.update(done, graded === 0 ? "" : `${Math.round(100 * correct / graded)}% correct`);
      },
    }, (task, signal) => {
      const seed = attemptSeed(context.options.seed, `evaluate-${system.slug}`, task);
      return system.solve(task, seed, signal);
    });
    stage.done();
    const facts = await factsOf(context, system);
    rows.push(...trajectories.map((trajectory) =>
      rowFromTrajectories([trajectory], {
        runId: context.run.manifest.id,
        system: system.name,
        systemId: system.slug,
        student: system.student,
        teacher,
        inDomain: isInDomain(trajectory.task.benchmark),
        trainedOn: facts?.hasSeen(trajectory.task),
        seed: context.options.seed,
      })
    ));
  }
  await writeJsonl(join(context.run.path, "rows.jsonl"), rows);
  return rows;
}

/** Training data of the system's student; null for the teacher. */
async function factsOf(
  context: ActingContext,
  { slug }: EvaluatedSystem,
): Promise<TrainingFacts | null> {
  const paradigm = studentOf(slug);
  return paradigm === null
    ? null
    : await trainingFacts({ student: studentFolder(context, paradigm) });
}
