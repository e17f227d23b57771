import { join } from "node:path";
import { writeFileAtomic, writeJsonAtomic } from "../../runs/atomic_write.ts";
import { decodeSafetensors, safetensorsParts } from "../../onnx/safetensors.ts";
import type { StudentConfig } from "../config.ts";
import { unknownField } from "../config_fields.ts";
import { checkTensors, type Weights } from "../weights.ts";
import {
  adapterShapes,
  LINEAR_LAYERS,
  type LinearLayer,
  type LoraConfig,
  resolveLora,
} from "./lora_config.ts";
import { readInput } from "../../runs/read_input.ts";
import { wordList } from "../../records/word_list.ts";

/** An adapter as a folder holds it. */
export interface AdapterFolder {
  /** Its settings. */
  readonly lora: LoraConfig;
  /** Its tensors, named as `adapterShapes` does. */
  readonly adapter: Weights;
}

/** Prefix of PEFT's tensor names. */
const PREFIX = "base_model.model.";

/** Fields that change what an adapter computes, with the only values that are supported. */
const ONLY: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ["LORA"],
  task_type: ["CAUSAL_LM", null, undefined],
  bias: ["none", null, undefined],
};

/** Fields that are read. */
const READ = [
  ...Object.keys(ONLY),
  "r",
  "lora_alpha",
  "lora_dropout",
  "target_modules",
  "use_rslora",
];

/**
 * Fields that say nothing of what an adapter computes: where it is from, and how its weights began or
 * were made (what they are now stands in its tensors).
 */
const HARMLESS = wordList(`
  base_model_name_or_path revision inference_mode peft_version auto_mapping loftq_config
  eva_config corda_config lora_ga_config runtime_config megatron_core qalora_group_size
  layers_pattern
`);

/** Ways to begin that leave the base model's weights as they are; others subtract from them. */
const BEGINNINGS: readonly unknown[] = [
  true,
  false,
  "gaussian",
  "eva",
  "orthogonal",
  null,
  undefined,
];

/**
 * Writes an adapter as PEFT does: `adapter_config.json` and `adapter_model.safetensors` (float32),
 * each all or nothing and the tensors last.
 *
 * @param base name or folder of the student that the adapter belongs to
 * @param revision commit of a student of the hub. @default none
 * @throws {RangeError} when the tensors do not fit the settings
 * @throws {Error} naming the file that cannot be written
 * @source https://huggingface.co/docs/peft/developer_guides/checkpoint
 *
 * @example
 * ```ts
 * import { initAdapter, resolveLora, studentPreset, writeAdapter } from "@potstill/student";
 * import { readAdapter } from "@potstill/student/lora/adapter_folder.ts";
 * const config = studentPreset("0.3M", 64);
 * const lora = resolveLora({ rank: 4, alpha: 8 });
 * const folder = await Deno.makeTempDir();
 * await writeAdapter(folder, config, { lora, adapter: initAdapter(config, lora, 1) }, "my/student");
 * const read = await readAdapter(folder, config);
 * if (read.lora.rank !== 4) throw new Error("another adapter");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeAdapter(
  folder: string,
  config: StudentConfig,
  { lora, adapter }: AdapterFolder,
  base: string,
  revision?: string,
): Promise<void> {
  checkTensors(adapterShapes(config, lora), adapter, "the adapter");
  await writeJsonAtomic(join(folder, "adapter_config.json"), {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: lora.rank,
    rank_pattern: {},
    revision: revision ?? null,
    target_modules: lora.targets,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: lora.rankStabilised,
  });
  const named: Weights = new Map([...adapter].map(([name, tensor]) => [PREFIX + name, tensor]));
  const path = join(folder, "adapter_model.safetensors");
  await writeFileAtomic(path, safetensorsParts(named, { format: "pt" }));
}

/**
 * Reads an adapter that PEFT or {@link writeAdapter} wrote.
 *
 * @throws {RangeError} naming the file and the field or tensor that does not fit the student
 * @throws {Error} naming the file that is missing or corrupt
 */
export async function readAdapter(folder: string, config: StudentConfig): Promise<AdapterFolder> {
  const configPath = join(folder, "adapter_config.json");
  const lora = parseAdapterConfig(await readJson(configPath), configPath);
  const path = join(folder, "adapter_model.safetensors");
  const { tensors } = decodeSafetensors(await read(path), path);
  const adapter: Weights = new Map();
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(PREFIX)) {
      throw new RangeError(`Cannot read ${path}: the tensor ${name} is not of an adapter`);
    }
    adapter.set(name.slice(PREFIX.length), tensor);
  }
  const shapes = adapterShapes(config, lora);
  checkTensors(shapes, adapter, path);
  // In one order, so that what is written again is the same.
  return { lora, adapter: new Map([...shapes.keys()].map((name) => [name, adapter.get(name)!])) };
}

/**
 * Checks the value of an `adapter_config.json`.
 *
 * @param source where the value came from, for the error
 * @throws {RangeError} naming `source`, the field and its value
 */
export function parseAdapterConfig(value: unknown, source: string): LoraConfig {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RangeError(`Cannot use the adapter configuration of ${source}: it is not an object`);
  }
  const fields = value as Record<string, unknown>;
  const fail = (name: string, wanted: string): never => {
    throw new RangeError(
      `Cannot use the adapter configuration of ${source}: ${name} must be ${wanted}, ` +
        `not ${JSON.stringify(fields[name])}`,
    );
  };
  for (const [name, values] of Object.entries(ONLY)) {
    if (!values.includes(fields[name])) fail(name, JSON.stringify(values[0]));
  }
  if (!BEGINNINGS.includes(fields.init_lora_weights)) {
    fail("init_lora_weights", "one that leaves the base model as it is (true, gaussian, eva)");
  }
  const unknown = unknownField(fields, READ, [...HARMLESS, "init_lora_weights"]);
  if (unknown !== null) {
    const isFlag = typeof fields[unknown] === "boolean";
    fail(unknown, isFlag ? "false" : "absent: its effect is not supported here");
  }
  const { r, lora_alpha, lora_dropout = 0, target_modules, use_rslora } = fields;
  if (typeof r !== "number") fail("r", "a number");
  if (typeof lora_alpha !== "number") fail("lora_alpha", "a number");
  if (typeof lora_dropout !== "number") fail("lora_dropout", "a number");
  const targets = target_modules === "all-linear" ? LINEAR_LAYERS : target_modules;
  const known = Array.isArray(targets) && targets.every((name) => LINEAR_LAYERS.includes(name));
  if (!known) fail("target_modules", `"all-linear" or a list of ${LINEAR_LAYERS.join(", ")}`);
  try {
    return resolveLora({
      rank: r as number,
      alpha: lora_alpha as number,
      dropout: lora_dropout as number,
      targets: targets as LinearLayer[],
      rankStabilised: use_rslora === true,
    });
  } catch (cause) {
    throw new RangeError(`Cannot read ${source}: ${(cause as Error).message}`, { cause });
  }
}

async function read(path: string): Promise<Uint8Array> {
  return await readInput(path);
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await read(path);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
