import { writeFileAtomic } from "../runs/atomic_write.ts";
import { join } from "node:path";
import { Tokenizer } from "./tokenizer.ts";
import type { JsonObject } from "./tokenizer_json.ts";

/** Module and class of the folder that transformers is pointed to. */
const MODULE = "tokenization_as_stored";
const CLASS = "TokenizerAsStored";

const REFERENCE = `${MODULE}.${CLASS}`;

const SOURCE =
  `"""The tokenizer as tokenizer.json has it. Without trust_remote_code this file is not run."""
from transformers import PreTrainedTokenizerFast


class ${CLASS}(PreTrainedTokenizerFast):
    pass
`;

/**
 * Model types for which transformers 5 does not believe a folder's `tokenizer_class` and takes the
 * family's own class, which splits numbers and other text as that family does, whatever
 * `tokenizer.json` says.
 *
 * @source transformers 5.24, models/auto/tokenization_auto.py, MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS
 */
const OVERRULED: ReadonlySet<string> = new Set(["qwen2"]);

/**
 * A tokenizer of the generic class whose configuration makes transformers 5 read `tokenizer.json` as it
 * is, and the file that the configuration names, written into the folder. A tokenizer of a family's own
 * class is left as it is: its `tokenizer.json` is the family's.
 *
 * @param modelType `model_type` of the folder's `config.json`
 */
export async function keepTokenizerJson(
  folder: string,
  tokenizer: Tokenizer,
  modelType: string,
): Promise<Tokenizer> {
  const { tokenizer: json, config } = tokenizer.files;
  if (!OVERRULED.has(modelType) || config.tokenizer_class !== "PreTrainedTokenizerFast") {
    return tokenizer;
  }
  await writeFileAtomic(join(folder, `${MODULE}.py`), SOURCE);
  const auto_map = { AutoTokenizer: [null, REFERENCE] };
  return new Tokenizer({ tokenizer: json, config: { ...config, auto_map } });
}

/** A tokenizer's configuration without what {@link keepTokenizerJson} adds to a folder's. */
export function withoutKeptClass(config: JsonObject): JsonObject {
  const { auto_map: map, ...rest } = config;
  const classes = (map as { readonly AutoTokenizer?: unknown } | undefined)?.AutoTokenizer;
  return Array.isArray(classes) && classes[1] === REFERENCE ? rest : config;
}
