import { originOf } from "../../training_data/student_origin.ts";
import type { StartingStudent } from "../../student/starting_student.ts";
import { trainToFolder, type TrainToFolderOptions } from "../../student/train/train_to_folder.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import { type DistillContext, studentFolder } from "./distill_context.ts";
import { studentNames } from "./system_facts.ts";
import type { TrainingSet } from "./training_sets.ts";

/**
 * Fine-tunes the student of a training set, all from the same base model and for the same number of
 * passes over their data.
 *
 * @param preview takes the student as it is early in its training
 * @source paper, section 3.2 (student training)
 */
export function trainStudentOf(
  context: DistillContext,
  set: TrainingSet,
  base: StartingStudent,
  preview?: TrainToFolderOptions["preview"],
): Promise<TrainingSummary> {
  const { paradigm } = set;
  return fineTune(context, set, base, { name: studentNames[paradigm], folder: paradigm, preview });
}

/** Fine-tunes one student from the base model, as the settings say, into a folder in `students/`. */
export async function fineTune(
  context: DistillContext,
  { examples, trajectories }: Pick<TrainingSet, "examples" | "trajectories">,
  base: StartingStudent,
  { name, folder, preview }: {
    readonly name: string;
    readonly folder: string;
    readonly preview?: TrainToFolderOptions["preview"];
  },
): Promise<TrainingSummary> {
  const { options, progress, signal } = context;
  const { epochs, steps, precision, learningRate, adamEpsilon, batchTokens } = options;
  const { adaptation, curriculum, device, loraRank, loraAlpha } = options;
  return await trainToFolder({
    student: base,
    data: examples,
    out: studentFolder(context, folder),
    name,
    origin: originOf(trajectories, base.base),
    ...(steps === null ? { epochs } : { steps }),
    precision,
    learningRate,
    adamEpsilon,
    batchTokens,
    seed: `${options.seed}/${folder}`,
    adaptation,
    device,
    loraRank,
    loraAlpha,
    curriculum,
    preview,
    resume: true,
    progress,
    signal,
  });
}
