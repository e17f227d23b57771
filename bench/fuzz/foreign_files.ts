import { readFile } from "node:fs/promises";
import type { Random } from "@potstill";
import type { JsonValue } from "@potstill/agent";
import {
  decodeSafetensors,
  encodeSafetensors,
  JinjaTemplate,
  type JsonObject,
  parameterCount,
  parseAdapterConfig,
  parseStudentConfig,
  rotaryFrequencies,
  studentPreset,
  Tokenizer,
  type TokenizerFiles,
  toTokenizerFiles,
  toValue,
  trainBpe,
} from "@potstill/student";
import { mutateBytes, mutateJson, mutateText } from "./mutate.ts";

/** A kind of file that strangers make. */
export interface ForeignFile {
  /** What it is called. */
  readonly name: string;
  /** Beginnings of the messages of errors that are clear. */
  readonly clear: RegExp;
  /** Reads one that was changed at random, and uses it. */
  readonly read: (random: Random) => void;
}

const templates = Object.values(
  JSON.parse(
    await readFile(new URL("../../tests/tokenizer/jinja/golden.json", import.meta.url), "utf8"),
  )
    .models as Record<string, string>,
);

const messages = [
  { role: "system", content: " Be brief. " },
  { role: "user", content: "Hi <|im_end|>" },
  {
    role: "assistant",
    content: "<think>\na\n</think>\n\nYo",
    tool_calls: [{ function: { name: "f" } }],
  },
];

const files: TokenizerFiles = toTokenizerFiles(
  trainBpe(["the capital of Chad is N'Djamena, 1 + 1 = 2\n"], { vocabSize: 270 }),
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}",
);
const withNormalizer: JsonObject = {
  ...files.tokenizer,
  normalizer: {
    type: "Sequence",
    normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { String: "a" }, content: "b" }],
  },
};

const adapter: JsonValue = {
  peft_type: "LORA",
  r: 8,
  lora_alpha: 16,
  lora_dropout: 0.1,
  target_modules: ["q_proj"],
  bias: "none",
  task_type: "CAUSAL_LM",
  use_rslora: false,
  rank_pattern: {},
};

const config = {
  ...studentPreset("0.3M", 300),
  rope_parameters: { rope_type: "yarn", rope_theta: 10_000, factor: 4 },
  layer_types: ["full_attention"],
} as unknown as JsonValue;

const tensors = encodeSafetensors(
  new Map([
    ["a.weight", { shape: [2, 3], data: new Float32Array(6) }],
    ["b.bias", { shape: [4], data: new Float32Array(4) }],
  ]),
  { format: "pt" },
);

/** The files that are attacked. */
export const foreignFiles: readonly ForeignFile[] = [
  {
    name: "safetensors",
    clear: /^Cannot read fuzz: /,
    read: (random) => void decodeSafetensors(mutateBytes(tensors, random), "fuzz"),
  },
  {
    name: "config.json",
    clear: /^Cannot (?:use|read) the student configuration of fuzz: /,
    read: (random) => {
      const parsed = parseStudentConfig(mutateJson(config, random), "fuzz");
      if (!(parameterCount(parsed) < 1e15)) throw new Error("too many parameters");
      rotaryFrequencies(parsed, 16);
    },
  },
  {
    name: "adapter_config.json",
    clear: /^Cannot (?:use the adapter configuration of|read) fuzz: /,
    read: (random) => void parseAdapterConfig(mutateJson(adapter, random), "fuzz"),
  },
  {
    name: "tokenizer.json",
    clear: /^Cannot /,
    read: (random) => {
      const source = random.chance(0.5) ? files.tokenizer : withNormalizer;
      const tokenizer = new Tokenizer({
        tokenizer: mutateJson(source, random) as JsonObject,
        config: mutateJson(files.config, random) as JsonObject,
      });
      const text = "the capital of Chad  is\n\n1 <|im_end|>é😀" + "a".repeat(2000);
      for (const specialTokens of ["parse", "text"] as const) {
        tokenizer.decode(tokenizer.encode(text, { specialTokens }));
      }
      tokenizer.chatTemplate().render([{ role: "user", content: "x" }]);
    },
  },
  {
    name: "chat template",
    clear: /^/,
    read: (random) => {
      const template = new JinjaTemplate(mutateText(random.pick(templates), random));
      template.render(
        { messages: toValue(messages, 0), add_generation_prompt: true, bos_token: "<s>" },
        { maxSteps: 500_000, maxCharacters: 5_000_000 },
      );
    },
  },
];
