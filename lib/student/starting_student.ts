import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { loadTokenizer } from "../tokenizer/tokenizer_folder.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { readOrigin, type StudentOrigin } from "../training_data/student_origin.ts";
import { weightsSha256 } from "./checkpoint/weights_hash.ts";
import { type StudentConfig, type StudentPreset, studentPresets } from "./config.ts";
import { loadStudent } from "./load_student.ts";
import { labStudentConfig, readStoredBase, storedBaseFolder } from "./stored_base.ts";
import type { Weights } from "./weights.ts";

/** The model that a training begins with. */
export interface StartingStudent {
  /** Its shape. */
  readonly config: StudentConfig;
  /** Its tokenizer, with the chat template that conversations are rendered with. */
  readonly tokenizer: Tokenizer;
  /** Its tensors. @default fresh weights drawn from the training's seed */
  readonly weights?: Weights;
  /** Its name and the SHA-256 of its weights, for `trained_on.json`; null for fresh weights. */
  readonly base: StudentOrigin["base"];
  /** What it was trained on itself, where its folder says so. @default not known */
  readonly origin?: StudentOrigin | null;
}

/**
 * Opens the model that a training begins with: a size of the lab, which stands for the stored base model
 * in `data/base/`, or a Hugging Face folder with its own tokenizer and chat template.
 *
 * @param student a size of the lab or a folder
 * @throws {Error} when there is no such model, or naming the folder's file that does not fit
 *
 * @example
 * ```ts
 * import { openStartingStudent } from "@potstill/student/starting_student.ts";
 * const { config, base } = await openStartingStudent("1M");
 * if (config.hidden_size !== 128 || base === null) throw new Error("another model");
 * ```
 */
export async function openStartingStudent(
  student: string,
): Promise<StartingStudent & { readonly weights: Weights }> {
  const size = sizeOf(student);
  if (size !== undefined) return await readStoredBase(size);
  if (!existsSync(student)) {
    throw new Error(
      `Cannot open the student ${student}: it is neither a folder nor one of the lab's sizes ` +
        studentPresets.join(", "),
    );
  }
  const parts = await loadStudent(student);
  const base = { name: basename(resolve(student)), sha256: await weightsSha256(student) };
  return { ...parts, base, origin: await readOrigin(student) };
}

/**
 * The same with fresh weights, to train from nothing: shape and tokenizer are those of the size or folder.
 *
 * @throws {Error} as {@link openStartingStudent}
 */
export async function openFreshStudent(student: string): Promise<StartingStudent> {
  const size = sizeOf(student);
  if (size === undefined) {
    const { config, tokenizer } = await openStartingStudent(student);
    return { config, tokenizer, base: null };
  }
  // The lab's stored models of other sizes have a tokenizer for those that none is stored of.
  const isStored = existsSync(storedBaseFolder(size));
  const tokenizer = await loadTokenizer(storedBaseFolder(isStored ? size : "1M"));
  return { config: labStudentConfig(size, tokenizer), tokenizer, base: null };
}

function sizeOf(student: string): StudentPreset | undefined {
  return studentPresets.find((preset) => preset === student);
}
