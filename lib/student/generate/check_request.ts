import { ContextOverflowError, GenerationError } from "../../models/chat_model.ts";
import type { GenerateRequest } from "./generate_request.ts";

/**
 * Checks that a student can read `ids`.
 *
 * @param limit most tokens
 * @throws {GenerationError} when there is no token, an unknown one, or too many
 */
export function checkTokens(ids: Int32Array, limit: number, vocabSize: number): void {
  if (ids.length === 0) throw new GenerationError("Cannot generate: the prompt has no token");
  if (ids.length > limit) {
    throw new ContextOverflowError(
      `Cannot generate: the prompt has ${ids.length} tokens, and the student reads at most ${limit}`,
    );
  }
  const unknown = ids.find((id) => id < 0 || id >= vocabSize);
  if (unknown !== undefined) {
    throw new GenerationError(
      `Cannot generate: the prompt has the token ${unknown}, and the vocabulary has ids 0 to ${
        vocabSize - 1
      }`,
    );
  }
}

/**
 * Checks the options of a request.
 * @throws {GenerationError} naming the option and its value
 */
export function checkOptions(request: GenerateRequest): void {
  const { samples = 1, temperature = 0, topP = 1, topK, minP = 0, maxNewTokens = 1024 } = request;
  const check = (name: string, value: number, fits: boolean, wanted: string) => {
    if (fits) return;
    throw new GenerationError(`Cannot generate: ${name} must be ${wanted}, and is ${value}`);
  };
  const isCount = (value: number) => Number.isInteger(value) && value > 0;
  check("samples", samples, isCount(samples), "a positive whole number");
  check("temperature", temperature, temperature >= 0 && temperature < Infinity, "at least 0");
  check("topP", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
  if (topK !== undefined) check("topK", topK, isCount(topK), "a positive whole number");
  check("minP", minP, minP >= 0 && minP <= 1, "from 0 to 1");
  check("maxNewTokens", maxNewTokens, isCount(maxNewTokens), "a positive whole number");
}
