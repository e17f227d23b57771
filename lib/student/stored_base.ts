import { existsSync } from "node:fs";
import { join } from "node:path";
import { END_OF_TEXT, IM_END } from "../tokenizer/special_tokens.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { weightsSha256 } from "./checkpoint/weights_hash.ts";
import type { StudentConfig } from "./config.ts";
import { type StudentPreset, studentPreset } from "./student_presets.ts";
import { loadStudent } from "./load_student.ts";
import { storedBaseFolder } from "./stored_base_folder.ts";

import type { StudentParts } from "./generate/engine_options.ts";
import type { StudentOrigin } from "../training_data/student_origin.ts";

export { storedBaseFolder };

/**
 * Reads the base model of a size from `data/base/`.
 *
 * @throws {Error} when there is none, or naming the file that does not fit
 *
 * @example
 * ```ts
 * import { readStoredBase } from "@potstill";
 * const { tokenizer, weights } = await readStoredBase("1M");
 * const [rows] = weights.get("model.embed_tokens.weight")!.shape;
 * if (rows !== tokenizer.vocabSize) throw new Error(`${rows}`);
 * ```
 */
export async function readStoredBase(
  size: StudentPreset,
): Promise<StudentParts & { readonly base: NonNullable<StudentOrigin["base"]> }> {
  checkIsStored(size);
  const student = await loadStudent(storedBaseFolder(size));
  const base = { name: `${size} base model of the lab`, sha256: await storedBaseHash(size) };
  return { ...student, base };
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
        `\`deno task potstill base --size ${size}\`, train one in the run with --base trained, or begin ` +
        `\`train\` with --fresh weights`,
    );
  }
}

/** The shape of a lab student of a size, with its tokenizer's vocabulary and special tokens. */
export function labStudentConfig(size: StudentPreset, tokenizer: Tokenizer): StudentConfig {
  return studentPreset(size, tokenizer.vocabSize, {
    eos_token_id: tokenizer.specialId(IM_END),
    bos_token_id: tokenizer.specialId(END_OF_TEXT),
    pad_token_id: tokenizer.specialId(END_OF_TEXT),
  });
}
