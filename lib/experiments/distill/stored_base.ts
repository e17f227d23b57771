import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCheckpoint } from "../../student/checkpoint/checkpoint_folder.ts";
import type { StudentPreset } from "../../student/config.ts";
import { weightsSha256 } from "../../student/checkpoint/weights_hash.ts";
import { loadTokenizer } from "../../tokenizer/tokenizer_folder.ts";
import type { Weights } from "../../student/weights.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TrainedStudent } from "./train_to_folder.ts";

/** The folder of the base model of a size that is stored with the project. */
export function storedBaseFolder(size: StudentPreset): string {
  return fileURLToPath(new URL(`../../../data/base/${size}`, import.meta.url));
}

/**
 * Reads the base model of a size from `data/base/`.
 *
 * @throws {Error} when there is none, or naming the file that does not fit
 *
 * @example
 * ```ts
 * import { readStoredBase } from "@potstill/experiments/distill/stored_base.ts";
 * const { tokenizer, weights } = await readStoredBase("1M");
 * const [rows] = weights.get("model.embed_tokens.weight")!.shape;
 * if (rows !== tokenizer.vocabSize) throw new Error(`${rows}`);
 * ```
 */
export async function readStoredBase(size: StudentPreset): Promise<BaseModel> {
  checkIsStored(size);
  const folder = storedBaseFolder(size);
  const { weights } = await readCheckpoint(folder);
  return { weights, tokenizer: await loadTokenizer(folder), training: null };
}

/**
 * SHA-256 of the stored weights of a size, for a run's manifest.
 *
 * @throws {Error} when there are none
 */
export async function storedBaseHash(size: StudentPreset): Promise<string> {
  checkIsStored(size);
  return await weightsSha256(storedBaseFolder(size));
}

function checkIsStored(size: StudentPreset): void {
  const folder = storedBaseFolder(size);
  if (!existsSync(join(folder, "model.safetensors"))) {
    throw new Error(
      `Cannot find a stored base model of ${size} in ${folder}: make it with ` +
        `\`deno task potstill base --size ${size}\`, or train one in the run with --base trained`,
    );
  }
}

/** What every student's fine-tuning begins with. */
export interface BaseModel {
  /** Its tensors. */
  readonly weights: Weights;
  /** Shared by all students that begin with it. */
  readonly tokenizer: Tokenizer;
  /** Its size, loss curve and time; null for a stored one, which this run has not trained. */
  readonly training: TrainedStudent | null;
}
