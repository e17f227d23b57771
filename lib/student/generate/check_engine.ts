import { checkProvider } from "../../onnx/execution_provider.ts";
import { headSize } from "../config.ts";
import { WEIGHT_TYPES, type WeightType } from "../quantize/weight_type.ts";
import type { StudentEngineOptions, StudentParts } from "./engine_options.ts";

/**
 * Checks that an engine can run the student as the options say.
 *
 * @returns the options that have defaults
 * @throws {RangeError} when tokenizer and configuration do not fit each other or the engine, or an
 *   option is out of range
 */
export function checkEngine(
  { config, tokenizer }: StudentParts,
  options: StudentEngineOptions,
): { readonly maxTokens: number; readonly weightType: WeightType } {
  if (tokenizer.vocabSize > config.vocab_size) {
    throw new RangeError(
      `Cannot run the student: its tokenizer has ${tokenizer.vocabSize} tokens and its ` +
        `configuration's vocab_size is ${config.vocab_size}`,
    );
  }
  if (headSize(config) % 16 !== 0) {
    throw new RangeError(
      `Cannot run the student: the width of its heads must be a multiple of 16, and is ${
        headSize(config)
      }`,
    );
  }
  const {
    weightType = "float32",
    maxTokens = config.max_position_embeddings,
    takeWeights: _,
    executionProvider = "cpu",
    ...numbers
  } = options;
  checkProvider(executionProvider);
  if (!WEIGHT_TYPES.includes(weightType)) {
    throw new RangeError(
      `Cannot run the student: weightType must be one of ${WEIGHT_TYPES.join(", ")}, and is ` +
        String(weightType),
    );
  }
  for (const [name, value] of Object.entries({ ...numbers, maxTokens })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(
        `Cannot run the student: ${name} must be a positive whole number, and is ${value}`,
      );
    }
  }
  return { maxTokens, weightType };
}
