import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeJsonAtomic } from "../runs/atomic_write.ts";
import { withoutKeptClass } from "./keep_tokenizer_json.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { JsonObject } from "./tokenizer_json.ts";
import { readInputObject, readInputText } from "../runs/read_input.ts";

/**
 * Loads the tokenizer of a Hugging Face folder: `tokenizer.json` and `tokenizer_config.json`, with
 * the chat template of `chat_template.jinja` where the folder has that file, and special tokens of
 * `special_tokens_map.json` that the configuration does not name.
 *
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const tokenizer = await readJsonObject(join(folder, "tokenizer.json"));
  let config = withoutKeptClass(await readJsonObject(join(folder, "tokenizer_config.json")));
  const template = await readIfPresent(join(folder, "chat_template.jinja"));
  if (template !== null) config = { ...config, chat_template: template };
  const map = join(folder, "special_tokens_map.json");
  // Older folders name some of their special tokens there alone.
  if (existsSync(map)) {
    config = { ...withoutNull(await readJsonObject(map)), ...withoutNull(config) };
  }
  try {
    return new Tokenizer({ tokenizer, config });
  } catch (cause) {
    throw new Error(`Cannot load the tokenizer of ${folder}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Writes `tokenizer.json` and `tokenizer_config.json` into a folder, each atomically. */
export async function saveTokenizer(folder: string, tokenizer: Tokenizer): Promise<void> {
  await writeJsonAtomic(join(folder, "tokenizer.json"), tokenizer.files.tokenizer);
  await writeJsonAtomic(join(folder, "tokenizer_config.json"), tokenizer.files.config);
}

function withoutNull(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

async function readJsonObject(path: string): Promise<JsonObject> {
  return await readInputObject(path) as JsonObject;
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readInputText(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}
