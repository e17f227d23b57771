import { basename, join, resolve } from "node:path";
import { readInputJson, readInputText } from "../../runs/read_input.ts";
import type { Pooling } from "./pool.ts";
import { knownEncoder } from "./known_encoders.ts";

/** Settings of a local encoder. */
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

/** Settings as a folder says them, and where it does. */
export interface FoundEncoderSettings extends EncoderSettings {
  /** The model's name. */
  readonly model: string;
  /** Positions that the model has. */
  readonly maxPositions: number;
  /** Source of the prefixes: the folder's prompts, the card of a known model, or nothing. */
  readonly prefixesFrom: "folder" | "known model" | "nothing";
}

/**
 * Reads how an encoder wants to be used from the files of its Hugging Face folder, as
 * sentence-transformers does: pooling and normalisation from `modules.json` and the pooling's
 * `config.json`, prefixes from `config_sentence_transformers.json`, the longest text from
 * `sentence_bert_config.json`, else from tokenizer and model.
 *
 * A folder without prompts has the prefixes of the known model that it is, by its whole name: the name on
 * the hub (also that of its place in the hub's cache), `_name_or_path` of `config.json`, or the model's
 * name on its card. Others have none; a name that looks alike counts for nothing.
 *
 * @param folder holds `config.json`
 * @param name the model's name on the hub. @default that of its place in the hub's cache, else the folder's name
 * @throws {Error} naming the file that cannot be read, or asks for what is not there: another pooling,
 *   further modules
 * @source sentence-transformers, `SentenceTransformer._load_sbert_model`, `models.Pooling`
 */
export async function readEncoderSettings(
  folder: string,
  name?: string,
): Promise<FoundEncoderSettings> {
  const config = await readObject(join(folder, "config.json"), true);
  const modules = await readModules(join(folder, "modules.json"));
  const poolingPath = modules?.find(({ type }) => type === "Pooling")?.path ?? "1_Pooling";
  const pooling = await readPooling(join(folder, poolingPath, "config.json"));
  const sentence = await readObject(join(folder, "sentence_bert_config.json"));
  const tokenizer = await readObject(join(folder, "tokenizer_config.json"), true);
  const stated = typeof config._name_or_path === "string" ? config._name_or_path : "";
  const prompts = await readPrompts(join(folder, "config_sentence_transformers.json"));
  const cached = /(?:^|[/\\])models--([\w.-]+?)--([\w.-]+)[/\\]snapshots[/\\]/.exec(
    `${resolve(folder)}/`,
  );
  const hubName = name ?? (cached === null ? null : `${cached[1]}/${cached[2]}`);
  const known = knownEncoder([hubName, stated, await cardName(join(folder, "README.md"))]);
  const prefixes = prompts ?? known ?? { queryPrefix: "", passagePrefix: "" };
  const maxPositions = positive(config.max_position_embeddings) ?? Infinity;
  return {
    // What config.json states is often the model that this one was made of.
    model: hubName ?? basename(resolve(folder)),
    pooling: pooling ?? known?.pooling ?? "mean",
    normalize: modules === null || modules.some(({ type }) => type === "Normalize"),
    queryPrefix: prefixes.queryPrefix,
    passagePrefix: prefixes.passagePrefix,
    prefixesFrom: prompts !== null ? "folder" : known !== undefined ? "known model" : "nothing",
    maxTokens: Math.min(
      positive(sentence.max_seq_length) ?? positive(tokenizer.model_max_length) ?? 512,
      maxPositions,
    ),
    maxPositions,
  };
}

function positive(value: unknown): number | null {
  // A tokenizer without a limit says 1e30.
  return typeof value === "number" && value > 0 && value < 1e9 ? Math.floor(value) : null;
}

const MODULES = ["Transformer", "Pooling", "Normalize"];

/** The steps that make a vector of a text, or null for a folder of another library. */
async function readModules(
  path: string,
): Promise<{ readonly type: string; readonly path: string }[] | null> {
  const modules: unknown = await readJson(path);
  if (modules === null) return null;
  if (!Array.isArray(modules)) throw new Error(`Cannot read ${path}: it is not a list`);
  return modules.map((module, i) => {
    const type = String(module?.type ?? "").split(".").at(-1)!;
    if (!MODULES.includes(type)) {
      throw new Error(
        `Cannot use ${path}: its module ${i + 1} is ${
          JSON.stringify(module?.type)
        }; those known are ` +
          MODULES.join(", "),
      );
    }
    return { type, path: typeof module.path === "string" ? module.path : "" };
  });
}

/** The pooling that the file says, or null without one. */
async function readPooling(path: string): Promise<Pooling | null> {
  const pooling = await readObject(path);
  const modes = Object.entries(pooling).filter(([key, value]) =>
    key.startsWith("pooling_mode_") && value === true
  ).map(([key]) => key.slice("pooling_mode_".length).replace(/_tokens?$/, ""));
  if (typeof pooling.pooling_mode === "string") modes.push(pooling.pooling_mode);
  if (modes.length === 0) return null;
  const [mode] = modes;
  if (modes.length > 1 || (mode !== "mean" && mode !== "cls")) {
    throw new Error(
      `Cannot use ${path}: its pooling is ${modes.join(" and ")}; only mean or cls is`,
    );
  }
  if (pooling.include_prompt === false) {
    throw new Error(`Cannot use ${path}: include_prompt is false, and prefixes are pooled here`);
  }
  return mode;
}

/**
 * The prefixes that the file says; null when it says none. The library writes empty prompts for "query"
 * and "document" into each file.
 */
async function readPrompts(
  path: string,
): Promise<Pick<EncoderSettings, "queryPrefix" | "passagePrefix"> | null> {
  const { prompts = {}, default_prompt_name: standard = null } = await readObject(path);
  if (typeof prompts !== "object" || prompts === null || Array.isArray(prompts)) {
    throw new Error(
      `Cannot read ${path}: prompts must be an object, not ${JSON.stringify(prompts)}`,
    );
  }
  const named = prompts as Readonly<Record<string, unknown>>;
  const bad = Object.entries(named).find(([, prompt]) => typeof prompt !== "string");
  if (bad !== undefined) {
    throw new Error(
      `Cannot read ${path}: prompts.${bad[0]} must be a text, not ${JSON.stringify(bad[1])}`,
    );
  }
  const texts = named as Readonly<Record<string, string>>;
  const other = typeof standard === "string" ? texts[standard] : undefined;
  const queryPrefix = texts.query ?? other ?? "";
  const passagePrefix = texts.document ?? texts.passage ?? texts.corpus ?? other ?? "";
  return queryPrefix === "" && passagePrefix === "" ? null : { queryPrefix, passagePrefix };
}

/** The model's name in the card's list of results, `model-index`; null without one. */
async function cardName(path: string): Promise<string | null> {
  const card = await readInputText(path).catch(() => "");
  const head = /^---\r?\n([^]*?)\r?\n---/.exec(card)?.[1] ?? "";
  return /^model-index:\s*\r?\n\s*-\s+name:\s*["']?([\w./-]+)["']?\s*$/m.exec(head)?.[1] ?? null;
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
