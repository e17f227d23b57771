import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { decodeSafetensors, safetensorsParts } from "../../onnx/safetensors.ts";
import type { StudentConfig } from "../config.ts";
import type { LoraConfig } from "../lora/lora_config.ts";
import type { OptimizerState } from "./adamw_optimizer.ts";

/** File name of a saved training state within its folder. */
export const TRAINING_STATE_FILE = "training_state.safetensors";

/** Shape of the student that a state belongs to. */
export interface TrainedShape {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** The adapter, if only that is trained. */
  readonly lora: LoraConfig | null;
}

const VECTORS = ["weights", "mean", "variance"] as const;

/**
 * Writes weights, optimizer moments and step count to a folder, in one file under a temporary name
 * that is then renamed.
 *
 * @param note the caller's own entry, returned by {@link readTrainingState}
 * @throws {Error} naming the file when it cannot be written
 */
export async function writeTrainingState(
  dir: string,
  shape: TrainedShape,
  state: OptimizerState,
  note: string,
): Promise<void> {
  const tensors = new Map(
    VECTORS.map((name) => [name, { shape: [state[name].length], data: state[name] }]),
  );
  const metadata = { step: String(state.step), config: shapeText(shape), note };
  await writeFileAtomic(join(dir, TRAINING_STATE_FILE), safetensorsParts(tensors, metadata));
}

/**
 * Reads what {@link writeTrainingState} wrote; null when the folder has no state.
 *
 * @throws {Error} naming the file when it is corrupt or of another student
 */
export async function readTrainingState(
  dir: string,
  shape: TrainedShape,
): Promise<{ readonly state: OptimizerState; readonly note: string } | null> {
  const path = join(dir, TRAINING_STATE_FILE);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata.config !== shapeText(shape)) {
    throw new Error(`Cannot resume from ${path}: it is of another student: ${metadata.config}`);
  }
  const step = Number(metadata.step);
  const [weights, mean, variance] = VECTORS.map((name) => tensors.get(name)?.data);
  if (!weights || !mean || !variance || !Number.isInteger(step)) {
    throw new Error(`Cannot resume from ${path}: it lacks a vector or the step count`);
  }
  const copy = (data: Float32Array) => new Float32Array(data);
  return {
    state: { step, weights: copy(weights), mean: copy(mean), variance: copy(variance) },
    note: metadata.note ?? "",
  };
}

function shapeText({ config, lora }: TrainedShape): string {
  return JSON.stringify(lora === null ? config : { ...config, lora });
}
