import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadTokenizer } from "../tokenizer/tokenizer_folder.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { readOrigin, type StudentOrigin } from "../training_data/student_origin.ts";
import { weightsSha256 } from "./checkpoint/weights_hash.ts";
import type { StudentConfig } from "./config.ts";
import { type StudentPreset, studentPresets } from "./student_presets.ts";
import type { HubSnapshotOptions } from "./hub/hub_snapshot.ts";
import { findStudent } from "./find_student.ts";
import { loadStudent } from "./load_student.ts";
import { labStudentConfig, readStoredBase } from "./stored_base.ts";
import { storedBaseFolder } from "./stored_base_folder.ts";
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
  /** Name on the hub or path, for the adapter of a LoRA training. @default that of `base` */
  readonly from?: string;
  /** Its own origin, where its folder records one. @default not known */
  readonly origin?: StudentOrigin | null;
}

/**
 * Opens the model that a training begins with: a size of the lab, which stands for the stored base model
 * in `data/base/`, or anything else that `findStudent` finds, with its own tokenizer and chat template.
 *
 * @param student a size of the lab, or anything else that `findStudent` finds
 * @throws {Error} when there is no such model, or naming the folder's file that does not fit
 *
 * @example
 * ```ts
 * import { openStartingStudent } from "@potstill/student";
 * const { config, base } = await openStartingStudent("1M");
 * if (config.hidden_size !== 128 || base === null) throw new Error("another model");
 * ```
 */
export async function openStartingStudent(
  student: string,
  options: HubSnapshotOptions = {},
): Promise<StartingStudent & { readonly weights: Weights }> {
  const size = sizeOf(student);
  if (size !== undefined) return await readStoredBase(size);
  const location = await findStudent(student, options);
  const { kind, name, path, hub } = location;
  const parts = await loadStudent(location);
  const base = {
    name: hub?.name ?? name,
    sha256: await weightsSha256(path),
    ...(hub === undefined ? {} : { revision: hub.revision }),
  };
  const from = hub?.name ?? resolve(path);
  return { ...parts, base, from, origin: kind === "gguf" ? null : await readOrigin(path) };
}

/**
 * The same with fresh weights, to train from nothing: shape and tokenizer are those of the size or folder.
 *
 * @throws {Error} as {@link openStartingStudent}
 */
export async function openFreshStudent(
  student: string,
  options: HubSnapshotOptions = {},
): Promise<StartingStudent> {
  const size = sizeOf(student);
  if (size === undefined) {
    const { config, tokenizer } = await openStartingStudent(student, options);
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
