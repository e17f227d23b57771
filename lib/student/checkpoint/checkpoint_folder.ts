import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic, writeJsonAtomic } from "../../runs/atomic_write.ts";
import type { StudentConfig } from "../config.ts";
import { parseStudentConfig } from "../parse_student_config.ts";
import { checkWeights, type Weights } from "../weights.ts";
import { findOnnxModel, readOnnxWeights } from "./onnx_weights.ts";
import {
  SafetensorsError,
  safetensorsParts,
  type SafetensorsTensor,
} from "../../onnx/safetensors.ts";
import { readSafetensorsFile } from "../../onnx/safetensors_file.ts";
import { readInput } from "../../runs/read_input.ts";

/** A student as a Hugging Face folder holds it, besides its tokenizer. */
export interface Checkpoint {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** Its tensors. */
  readonly weights: Weights;
}

/** Fields of `generation_config.json` besides the token ids, which come from the configuration. */
export interface GenerationDefaults {
  /** True if tokens are drawn at random. @default false */
  readonly do_sample?: boolean;
  /** Divides the logits before drawing. */
  readonly temperature?: number;
  /** Share of probability that tokens are drawn from. */
  readonly top_p?: number;
  /** Most tokens of one answer. */
  readonly max_new_tokens?: number;
}

/**
 * Writes `config.json`, `generation_config.json` and `model.safetensors` to a folder, each file all
 * or nothing and the weights last: a folder with weights is complete.
 *
 * @param dtype how weights are stored. @default "F32"
 * @throws {RangeError} when weights do not fit the configuration
 * @throws {Error} naming the file that cannot be written
 * @source https://huggingface.co/docs/transformers/main_classes/model#transformers.PreTrainedModel.save_pretrained
 *
 * @example
 * ```ts
 * import { initWeights, studentPreset } from "@potstill/student";
 * import {
 *   readCheckpoint,
 *   writeCheckpoint,
 * } from "@potstill/student/checkpoint/checkpoint_folder.ts";
 * const dir = await Deno.makeTempDir();
 * const config = studentPreset("0.3M", 64, { eos_token_id: 2 });
 * await writeCheckpoint(dir, { config, weights: initWeights(config, 1) });
 * const read = await readCheckpoint(dir);
 * if (read.config.hidden_size !== 64) throw new Error("another student");
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function writeCheckpoint(
  dir: string,
  checkpoint: Checkpoint,
  generation: GenerationDefaults = {},
  dtype: "F32" | "F16" = "F32",
): Promise<void> {
  const { config, weights } = checkpoint;
  checkWeights(config, weights, dir);
  const { bos_token_id, eos_token_id, pad_token_id } = config;
  await writeJsonAtomic(join(dir, "config.json"), config);
  await writeJsonAtomic(join(dir, "generation_config.json"), {
    bos_token_id,
    eos_token_id,
    pad_token_id,
    do_sample: false,
    ...generation,
  });
  const path = join(dir, "model.safetensors");
  await writeFileAtomic(path, safetensorsParts(weights, { format: "pt" }, dtype));
}

/**
 * Reads a folder of the Qwen2 or Llama architecture: `config.json`, and `model.safetensors` or the
 * shards that `model.safetensors.index.json` names, in float32, float16 or bfloat16. Where there is
 * neither, the weights are read from the folder's ONNX model.
 *
 * @throws {RangeError} naming the file and the field or tensor that does not fit
 * @throws {Error} naming the file that is missing or corrupt
 */
export async function readCheckpoint(dir: string): Promise<Checkpoint> {
  const configPath = join(dir, "config.json");
  const config = await withGenerationEnds(
    dir,
    parseStudentConfig(parseJson(await read(configPath), configPath), configPath),
  );
  const single = join(dir, "model.safetensors");
  const content = await tensorsIfThere(single);
  const weights: Weights = content ?? await readShards(dir) ?? await readOnnx(dir, config);
  if (config.tie_word_embeddings) weights.delete("lm_head.weight");
  // Frequencies that old checkpoints of Llama hold follow from the configuration.
  for (const name of weights.keys()) {
    if (name.endsWith(".rotary_emb.inv_freq")) weights.delete(name);
  }
  checkWeights(config, weights, dir);
  return { config, weights };
}

/** With the tokens that `generation_config.json` ends a text at: many models name some of them there alone. */
async function withGenerationEnds(dir: string, config: StudentConfig): Promise<StudentConfig> {
  const path = join(dir, "generation_config.json");
  const bytes = await readIfThere(path);
  if (bytes === null) return config;
  const { eos_token_id: given } = (parseJson(bytes, path) ?? {}) as { eos_token_id?: unknown };
  const ids = [given ?? []].flat();
  const isId = (id: unknown): id is number =>
    Number.isInteger(id) && Number(id) >= 0 && Number(id) < config.vocab_size;
  if (!ids.every(isId)) {
    throw new RangeError(
      `Cannot use ${path}: eos_token_id must be token ids below vocab_size (${config.vocab_size}), ` +
        `not ${JSON.stringify(given)}`,
    );
  }
  const ends = [...new Set([...[config.eos_token_id ?? []].flat(), ...ids])];
  const known = [config.eos_token_id ?? []].flat().length;
  return ends.length === known ? config : { ...config, eos_token_id: ends };
}

async function readOnnx(dir: string, config: StudentConfig): Promise<Weights> {
  const path = findOnnxModel(dir);
  if (path !== null) return await readOnnxWeights(path, config);
  const names = await readdir(dir, { recursive: true });
  const other = names.find((name) => /\.(bin|pt|pth|gguf|onnx)$/.test(name));
  const instead = other === undefined
    ? ""
    : ` (${other} is ${other.endsWith(".onnx") ? "quantized" : "of another format"})`;
  throw new Error(`Cannot read ${dir}: it has no model.safetensors${instead}`);
}

async function readShards(dir: string): Promise<Weights | null> {
  const indexPath = join(dir, "model.safetensors.index.json");
  const index = await readIfThere(indexPath);
  if (index === null) return null;
  const { weight_map: map } = parseJson(index, indexPath) as { weight_map?: object };
  if (typeof map !== "object" || map === null) {
    throw new Error(`Cannot read ${indexPath}: it has no weight_map`);
  }
  const places = new Map(Object.entries(map).map(([name, shard]) => [name, String(shard)]));
  const weights: Weights = new Map();
  for (const shard of new Set(places.values())) {
    if (/[/\\]/.test(shard)) throw new Error(`Cannot read ${indexPath}: bad file name ${shard}`);
    const tensors = await tensorsIfThere(join(dir, shard));
    if (tensors === null) {
      throw new Error(`Cannot read ${join(dir, shard)}: ${indexPath} names it but it is not there`);
    }
    for (const [name, tensor] of tensors) {
      if (weights.has(name)) {
        throw new Error(`Cannot read ${join(dir, shard)}: another shard has ${name} too`);
      }
      weights.set(name, tensor);
    }
  }
  for (const [name, shard] of places) {
    if (!weights.has(name)) {
      throw new Error(
        `Cannot read ${join(dir, shard)}: ${indexPath} says that it has the tensor ${name}`,
      );
    }
  }
  return weights;
}

async function tensorsIfThere(path: string): Promise<Map<string, SafetensorsTensor> | null> {
  try {
    return (await readSafetensorsFile(path)).tensors;
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return null;
    if (cause instanceof SafetensorsError) throw cause;
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function read(path: string): Promise<Uint8Array> {
  return await readInput(path);
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readInput(path);
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return null;
    throw cause;
  }
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
