import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HubFile } from "../../http/hub/hub_download.ts";

/** Files beside the weights that a student is read from; those that a model has not are left out. */
const SMALL = [
  ...["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"],
  ...["special_tokens_map.json", "chat_template.jinja", "trained_on.json"],
];
const INDEX = "model.safetensors.index.json";
const ADAPTER = ["adapter_config.json", "adapter_model.safetensors"];
const SHARD = /^model-\d+-of-\d+\.safetensors$/;

/**
 * The files of a repository that a student is read from, weights last.
 *
 * @param gguf the only file that is wanted. @default a Hugging Face folder's files
 * @throws {Error} when the repository has no student, or several
 */
export function studentFiles(files: readonly HubFile[], gguf?: string): HubFile[] {
  const named = (path: string) => files.filter((file) => file.path === path);
  const ggufs = files.filter(({ path }) => /\.gguf$/i.test(path));
  const list = ggufs.map(({ path }) => path).join(", ");
  if (gguf !== undefined) {
    if (named(gguf).length === 0) {
      throw new Error(`it has no file ${gguf}; its GGUF files are: ${list || "none"}`);
    }
    return named(gguf);
  }
  const weights = [
    named("model.safetensors"),
    files.filter(({ path }) => SHARD.test(path) && named(INDEX).length > 0),
    files.filter(({ path }) => /^onnx\/model\.onnx(_data)?$/.test(path)),
  ].find(({ length }) => length > 0);
  if (weights !== undefined && named("config.json").length > 0) {
    const index = weights.some(({ path }) => SHARD.test(path)) ? named(INDEX) : [];
    return [...SMALL.flatMap(named), ...index, ...weights];
  }
  const adapter = ADAPTER.flatMap(named);
  if (adapter.length === ADAPTER.length) return [...SMALL.flatMap(named), ...adapter];
  if (ggufs.length === 1) return ggufs;
  throw new Error(
    ggufs.length === 0
      ? "it has no model.safetensors with a config.json, no onnx/model.onnx, no adapter and no GGUF file"
      : `it has several GGUF files; name one as OWNER/NAME:FILE: ${list}`,
  );
}

/** True if a folder of the cache has all that a student is read from. */
export function isWholeStudent(folder: string, gguf?: string): boolean {
  const has = (path: string) => existsSync(join(folder, path));
  if (gguf !== undefined) return has(gguf);
  if (has("config.json")) {
    if (has("model.safetensors") || has("onnx/model.onnx")) return true;
    return has(INDEX) && shardsOf(join(folder, INDEX)).every(has);
  }
  if (ADAPTER.every(has)) return true;
  return existsSync(folder) && readdirSync(folder).some((name) => /\.gguf$/i.test(name));
}

function shardsOf(index: string): string[] {
  try {
    const { weight_map: map } = JSON.parse(readFileSync(index, "utf8"));
    return Object.values(map as Record<string, string>);
  } catch {
    return [""];
  }
}
