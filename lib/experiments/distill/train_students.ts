import { originOf } from "../../training_data/student_origin.ts";
import type { StartingStudent } from "../../student/starting_student.ts";
import { trainToFolder } from "../../student/train/train_to_folder.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import { type DistillContext, studentFolder } from "./distill_context.ts";
import type { TrainingSet } from "./training_sets.ts";

const NAMES = { agent: "agent student", cot: "CoT student", "cot-rag": "CoT + RAG student" };

/**
 * Fine-tunes one student for each training set, all from the same base model and for the same number
 * of passes over their data.
 *
 * @source paper, section 3.2 (student training)
 */
export async function trainStudents(
  context: DistillContext,
  sets: readonly TrainingSet[],
  base: StartingStudent,
): Promise<TrainingSummary[]> {
  const trained: TrainingSummary[] = [];
  for (const set of sets) {
    const { paradigm } = set;
    trained.push(await fineTune(context, set, base, { name: NAMES[paradigm], folder: paradigm }));
  }
  return trained;
}

/** Fine-tunes one student from the base model, as the settings say, into a folder in `students/`. */
export async function fineTune(
  context: DistillContext,
  { examples, trajectories }: Pick<TrainingSet, "examples" | "trajectories">,
  base: StartingStudent,
  { name, folder }: { readonly name: string; readonly folder: string },
): Promise<TrainingSummary> {
  const { options, progress, signal } = context;
  const { epochs, learningRate, adamEpsilon, batchTokens } = options;
  const { adaptation, curriculum, loraRank, loraAlpha } = options;
  return await trainToFolder({
    student: base,
    data: examples,
    out: studentFolder(context, folder),
    name,
    origin: originOf(trajectories, base.base),
    epochs,
    learningRate,
    adamEpsilon,
    batchTokens,
    seed: `${options.seed}/${folder}`,
    adaptation,
    loraRank,
    loraAlpha,
    curriculum,
    resume: true,
    progress,
    signal,
  });
}
