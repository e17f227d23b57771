import type { OptionSpec } from "../../records/option_table.ts";
import { parameterCount, type StudentConfig } from "../config.ts";

/** From how many weights on a student is trained as the paper's models are, and not as the lab's. */
export const LARGE_STUDENT = 50e6;

/** The option that says which weights are trained. */
export const ADAPTATION_OPTION = {
  type: "string",
  choices: ["full", "lora"],
  default: "full",
  description: "Train every weight, or an adapter that is merged in",
} as const satisfies OptionSpec;

/** Settings that depend on how large the student is. */
export interface TrainingDefaults {
  /** The highest learning rate. */
  readonly learningRate: number;
  /** AdamW's epsilon. */
  readonly adamEpsilon: number;
  /** Tokens of one optimizer step. */
  readonly batchTokens: number;
  /** Rank of an adapter. */
  readonly loraRank: number;
  /** An adapter's scale is this over its rank. */
  readonly loraAlpha: number;
}

/**
 * Settings for a student where none are given: below 50 million weights those of the lab's
 * distillation, above them the paper's, with a smaller rate where every weight is trained.
 *
 * @source paper, section 4 (rank 64, alpha 128, rate 2e-4)
 */
export function trainingDefaults(
  config: StudentConfig,
  adaptation: "full" | "lora",
): TrainingDefaults {
  return parameterCount(config) < LARGE_STUDENT
    ? { learningRate: 2e-3, adamEpsilon: 1e-4, batchTokens: 2048, loraRank: 8, loraAlpha: 16 }
    : {
      learningRate: adaptation === "lora" ? 2e-4 : 1e-5,
      adamEpsilon: 1e-8,
      batchTokens: 8192,
      loraRank: 64,
      loraAlpha: 128,
    };
}
