import { join } from "node:path";
import type { JsonValue } from "../../records/json.ts";
import { lockBeside } from "../../runs/folder_lock.ts";
import type { RunFolder } from "../../runs/run_folder.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { readCheckpoint, writeCheckpoint } from "../../student/checkpoint/checkpoint_folder.ts";
import { readOrigin, writeOrigin } from "../../training_data/student_origin.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { saveTokenizer } from "../../tokenizer/tokenizer_folder.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";

/** A model that is stored with the project. */
export interface ModelToStore {
  /** Its checkpoint folder in the run that trained it. */
  readonly checkpoint: string;
  /** Saved with it. */
  readonly tokenizer: Tokenizer;
  /** Its loss curve and time. */
  readonly training: TrainingSummary;
  /** The settings that it was made with. */
  readonly recipe: JsonValue;
}

/**
 * Writes a trained model as a folder with its recipe (`recipe.json`, with the run's date, revision and
 * versions) and its loss curve (`training.json`). Weights are rounded to float16; they come last, so
 * that a folder with weights is whole.
 */
export async function storeModel(
  folder: string,
  { checkpoint, tokenizer, training, recipe }: ModelToStore,
  { manifest }: RunFolder,
): Promise<void> {
  await using _lock = await lockBeside(folder, "storing a model");
  const { config, weights } = await readCheckpoint(checkpoint);
  const { startedAt, revision, versions } = manifest;
  const origin = await readOrigin(checkpoint);
  if (origin !== null) await writeOrigin(folder, origin);
  await saveTokenizer(folder, tokenizer);
  await writeJsonAtomic(join(folder, "training.json"), training);
  await writeJsonAtomic(join(folder, "recipe.json"), { recipe, startedAt, revision, versions });
  await writeCheckpoint(folder, { config, weights }, {}, "F16");
}
