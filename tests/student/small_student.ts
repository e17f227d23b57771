import type { StudentConfig } from "../../lib/student/config.ts";
import { studentPreset } from "../../lib/student/student_presets.ts";
import { initWeights, type Weights } from "../../lib/student/weights.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import type { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import { trainTokenizer } from "../../lib/tokenizer/train_tokenizer.ts";
import { Random } from "../../lib/records/random.ts";
import { sampleTexts } from "../tokenizer/sample_texts.ts";

/** A tiny student with random weights, spread so that its logits differ clearly. */
export async function smallStudent(
  overrides: Partial<StudentConfig> = {},
): Promise<{ config: StudentConfig; weights: Weights; tokenizer: Tokenizer }> {
  const tokenizer = trainTokenizer(sampleTexts(100, "small"), await loadChatTemplate(), {
    vocabSize: 400,
  });
  const config = studentPreset("0.3M", tokenizer.vocabSize, {
    hidden_size: 64,
    intermediate_size: 80,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 1024,
    initializer_range: 0.3,
    eos_token_id: tokenizer.specialId("<|im_end|>"),
    bos_token_id: tokenizer.specialId("<|endoftext|>"),
    pad_token_id: tokenizer.specialId("<|endoftext|>"),
    ...overrides,
  });
  const weights = initWeights(config, "small");
  const random = new Random("biases");
  for (const [name, { data }] of weights) {
    if (name.endsWith(".bias")) {
      for (let i = 0; i < data.length; i++) data[i] = 0.5 * random.normal();
    } else if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
      // Fresh blocks say little beside the token's own embedding, which would then be repeated.
      for (let i = 0; i < data.length; i++) data[i] *= 5;
    }
  }
  return { config, weights, tokenizer };
}

/** Random ids without special tokens. */
export function randomIds(tokenizer: Tokenizer, length: number, seed: string): Int32Array {
  const random = new Random(seed);
  const plain = tokenizer.vocabSize - tokenizer.specialTokens.size;
  return Int32Array.from({ length }, () => random.integer(0, plain - 1));
}
