import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HubFile } from "../../http/hub/hub_download.ts";
import { type HubOptions, hubRepository } from "../../http/hub/hub_repository.ts";

const NAME = /^([\w.-]+\/[\w.-]+?)(?:@([\w./-]+))?$/;

/** Without these an encoder cannot be read. */
const NEEDED = ["config.json", "tokenizer.json", "tokenizer_config.json"];
const SMALL = [
  ...NEEDED,
  ...["modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"],
  "README.md",
];
/** The first that there is. */
const WEIGHTS = ["onnx/model.onnx", "model.onnx", "model.safetensors"];

/** True if a text may be the name of an encoder on the hub. */
export function isHubEncoder(name: string): boolean {
  return NAME.test(name) && !name.includes("..") && !/^[./~]/.test(name);
}

/**
 * An encoder of the hub, in the cache that is shared with `huggingface_hub` and sentence-transformers:
 * fetched when it is not there, and no other files than those that an encoder is read from.
 *
 * @param name `OWNER/NAME`, such as `intfloat/e5-base-v2`, with `@REVISION` if it is not `main`
 * @returns the name without revision, and the folder
 * @throws {Error} naming the encoder and what is wrong: no such model, no connection, a file that is not
 *   there
 */
export async function hubEncoder(
  name: string,
  options: HubOptions = {},
): Promise<{ readonly name: string; readonly path: string }> {
  const [, repo, revision = "main"] = NAME.exec(name)!;
  const { path } = await hubRepository({
    type: "model",
    repo,
    revision,
    purpose: `Cannot open the encoder ${name}`,
    choose: (files) => ({ files: encoderFiles(files) }),
    isWhole: (folder) =>
      NEEDED.every((file) => existsSync(join(folder, file))) &&
      WEIGHTS.some((file) => existsSync(join(folder, file))),
  }, options);
  return { name: repo, path };
}

function encoderFiles(files: readonly HubFile[]): HubFile[] {
  const named = (path: string) => files.filter((file) => file.path === path);
  const missing = NEEDED.find((path) => named(path).length === 0);
  if (missing !== undefined) throw new Error(`it has no ${missing}`);
  const weights = WEIGHTS.find((path) => named(path).length > 0);
  if (weights === undefined) throw new Error(`it has none of ${WEIGHTS.join(", ")}`);
  const poolings = files.filter(({ path }) => /^\d+_\w+\/config\.json$/.test(path));
  return [
    ...SMALL.flatMap(named),
    ...poolings,
    ...named(`${weights}_data`),
    ...named(weights),
  ];
}
