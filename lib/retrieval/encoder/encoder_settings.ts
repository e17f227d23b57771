import { basename, join, resolve } from "node:path";
import { readInputJson } from "../../runs/read_input.ts";

/** Way of combining a model's token vectors into the vector of a text. */
export type Pooling = "mean" | "cls";

/** Settings of an ONNX encoder. */
export interface EncoderSettings {
  /** The mean of the token vectors, or the first one. */
  readonly pooling: Pooling;
  /** True if vectors are scaled to length 1. */
  readonly normalize: boolean;
  /** Put before a query. */
  readonly queryPrefix: string;
  /** Put before a passage. */
  readonly passagePrefix: string;
  /** Tokens kept of a text, with the special ones. */
  readonly maxTokens: number;
}

/** Most tokens of a text unless told otherwise, as the reference's retriever has it. */
const DEFAULT_MAX_TOKENS = 256;

/**
 * Reads how an encoder wants to be used from the files of its Hugging Face folder: pooling and
 * normalisation from sentence-transformers' `1_Pooling/config.json` and `modules.json`, prefixes
 * from `config_sentence_transformers.json`. What the files do not tell follows from the model's
 * name: E5 (`query: `, `passage: `, mean), English BGE (an instruction before queries, the first
 * token), all others mean without prefixes.
 *
 * @param folder holds `config.json`
 * @param name the model's name. @default `_name_or_path` of `config.json`, else the folder's name
 * @throws {Error} naming the file that cannot be read
 * @source model cards of intfloat/e5-base-v2 and BAAI/bge-base-en-v1.5
 */
export async function readEncoderSettings(
  folder: string,
  name?: string,
): Promise<EncoderSettings & { readonly model: string }> {
  const config = await readObject(join(folder, "config.json"), true);
  const pooling = await readObject(join(folder, "1_Pooling", "config.json"));
  const modules = await readModules(join(folder, "modules.json"));
  const sentence = await readObject(join(folder, "sentence_bert_config.json"));
  const { prompts } = await readObject(join(folder, "config_sentence_transformers.json"));
  const tokenizer = await readObject(join(folder, "tokenizer_config.json"), true);
  const stated = typeof config._name_or_path === "string" ? config._name_or_path : "";
  const model = name ?? (stated !== "" ? stated : basename(resolve(folder)));
  const family = familyOf(`${model} ${basename(resolve(folder))}`);
  const prompt = (...names: string[]) =>
    names.map((key) => (prompts as Record<string, unknown> | undefined)?.[key])
      .find((value): value is string => typeof value === "string" && value !== "");
  return {
    model,
    pooling: pooling.pooling_mode_cls_token === true
      ? "cls"
      : pooling.pooling_mode_mean_tokens === true
      ? "mean"
      : family.pooling,
    normalize: modules === null || modules.some((type) => type.endsWith(".Normalize")),
    queryPrefix: prompt("query") ?? family.queryPrefix,
    passagePrefix: prompt("passage", "document") ?? family.passagePrefix,
    maxTokens: Math.min(
      DEFAULT_MAX_TOKENS,
      ...[sentence.max_seq_length, tokenizer.model_max_length, config.max_position_embeddings]
        .filter((value): value is number => typeof value === "number" && value > 0),
    ),
  };
}

function familyOf(name: string): Omit<EncoderSettings, "maxTokens" | "normalize"> {
  if (/\be5\b/i.test(name.replaceAll(/[-_/]/g, " "))) {
    return {
      pooling: "mean",
      queryPrefix: "query: ",
      passagePrefix: "passage: ",
    };
  }
  if (/\bbge\b.*\ben\b/i.test(name.replaceAll(/[-_/]/g, " "))) {
    return {
      pooling: "cls",
      queryPrefix: "Represent this sentence for searching relevant passages: ",
      passagePrefix: "",
    };
  }
  const pooling = /\bbge\b/i.test(name) ? "cls" : "mean";
  return { pooling, queryPrefix: "", passagePrefix: "" };
}

async function readModules(path: string): Promise<string[] | null> {
  const modules: unknown = await readJson(path);
  if (modules === null) return null;
  if (!Array.isArray(modules)) throw new Error(`Cannot read ${path}: it is not a list`);
  return modules.map((module) => String(module?.type ?? ""));
}

async function readObject(path: string, isNeeded = false): Promise<Record<string, unknown>> {
  const value = await readJson(path);
  if (value === null && isNeeded) {
    throw new Error(`Cannot load the encoder: there is no ${path}`);
  }
  if (value !== null && (typeof value !== "object" || Array.isArray(value))) {
    throw new Error(`Cannot read ${path}: it is not a JSON object`);
  }
  return (value ?? {}) as Record<string, unknown>;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return await readInputJson(path);
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return null;
    throw cause;
  }
}
