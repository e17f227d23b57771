import type { TokenizedExample } from "../../training_data/tokenized_example.ts";
import { originOf, type StudentOrigin } from "../../training_data/student_origin.ts";
import type { BaseModel } from "./stored_base.ts";
import type { DistillContext } from "./distill_context.ts";
import { storedBaseHash } from "./stored_base.ts";
import { type TrainedStudent, trainToFolder } from "./train_to_folder.ts";
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
  base: BaseModel,
): Promise<TrainedStudent[]> {
  const trained: TrainedStudent[] = [];
  for (const set of sets) {
    const { paradigm } = set;
    trained.push(
      await trainStudent(context, set, base, { name: NAMES[paradigm], folder: paradigm }),
    );
  }
  return trained;
}

/** Fine-tunes one student from the base model, as the settings say, into a folder in `students/`. */
export async function trainStudent(
  context: DistillContext,
  { examples, trajectories }: Pick<TrainingSet, "examples" | "trajectories">,
  { tokenizer, weights }: BaseModel,
  { name, folder }: { readonly name: string; readonly folder: string },
): Promise<TrainedStudent> {
  const { epochs, learningRate, adamEpsilon: epsilon } = context.options;
  const { adaptation, curriculum, loraRank: rank, loraAlpha: alpha } = context.options;
  return await trainToFolder(context, {
    name,
    origin: originOf(trajectories, await baseOf(context)),
    paradigm: folder,
    tokenizer,
    examples,
    epochs,
    learningRate,
    epsilon,
    weights,
    ...(curriculum === "steps" ? { difficulty: examples.map(countTurns) } : {}),
    ...(adaptation === "lora" ? { lora: { rank, alpha } } : {}),
  });
}

async function baseOf({ options }: DistillContext): Promise<StudentOrigin["base"]> {
  const { base, studentSize } = options;
  return base === "stored"
    ? { name: `${studentSize} base model of the lab`, sha256: await storedBaseHash(studentSize) }
    : { name: `${studentSize} base model of the lab, trained in the run`, sha256: null };
}

/** The turns that an example trains: runs of tokens that are learned. */
function countTurns({ trained }: TokenizedExample): number {
  return trained.reduce(
    (turns, mark, i) => turns + (mark === 1 && trained[i - 1] !== 1 ? 1 : 0),
    0,
  );
}
