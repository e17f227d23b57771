import type { TokenizedExample } from "../training_data/tokenized_example.ts";
import type { BaseModel } from "./base_model.ts";
import type { DistillContext } from "./distill_context.ts";
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
  { tokenizer, weights }: BaseModel,
): Promise<TrainedStudent[]> {
  const trained: TrainedStudent[] = [];
  for (const { paradigm, examples } of sets) {
    const { epochs, learningRate, adamEpsilon: epsilon } = context.options;
    const { adaptation, curriculum, loraRank: rank, loraAlpha: alpha } = context.options;
    const name = NAMES[paradigm];
    trained.push(
      await trainToFolder(context, {
        name,
        paradigm,
        tokenizer,
        examples,
        epochs,
        learningRate,
        epsilon,
        weights,
        ...(curriculum === "steps" ? { difficulty: examples.map(countTurns) } : {}),
        ...(adaptation === "lora" ? { lora: { rank, alpha } } : {}),
      }),
    );
  }
  return trained;
}

/** The turns that an example trains: runs of tokens that are learned. */
function countTurns({ trained }: TokenizedExample): number {
  return trained.reduce(
    (turns, mark, i) => turns + (mark === 1 && trained[i - 1] !== 1 ? 1 : 0),
    0,
  );
}
