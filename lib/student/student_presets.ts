import type { StudentConfig } from "./config.ts";
import { parseStudentConfig } from "./parse_student_config.ts";

/** The sizes that {@link studentPreset} knows, by rounded parameter count; the lab's teacher has 10M. */
export type StudentPreset = typeof studentPresets[number];

/** Names of the sizes, from small to large. */
export const studentPresets = ["0.3M", "1M", "4M", "10M"] as const;

const PRESETS: Readonly<Record<StudentPreset, readonly [number, number, number, number, number]>> =
  {
    // hidden, intermediate, layers, heads, key-value heads
    "0.3M": [64, 192, 5, 4, 2],
    "1M": [128, 352, 4, 4, 2],
    "4M": [256, 704, 5, 8, 4],
    "10M": [384, 1056, 6, 12, 6],
  };

/**
 * A small student of the lab.
 *
 * @example
 * ```ts
 * import { parameterCount, studentPreset } from "@potstill/student";
 * const config = studentPreset("1M", 1024);
 * if (parameterCount(config) !== 870_528) throw new Error(`${parameterCount(config)}`);
 * ```
 * @throws {RangeError} when a field of `overrides` is out of range
 */
export function studentPreset(
  preset: StudentPreset,
  vocabSize: number,
  overrides: Partial<StudentConfig> = {},
): StudentConfig {
  const [hidden, intermediate, layers, heads, keyValueHeads] = PRESETS[preset];
  return parseStudentConfig({
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    vocab_size: vocabSize,
    max_position_embeddings: 2048,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    initializer_range: 0.1,
    ...overrides,
  }, `preset ${preset}`);
}
