import type { StudentModel } from "../student/student_model.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { sha256OfJson } from "../runs/hash.ts";
import type { Episode } from "./episode.ts";

/**
 * Log-probabilities that a model gives the tokens of episodes.
 *
 * @returns as many numbers for each as it has ids
 * @throws {ContextOverflowError} when an episode is longer than the model reads
 */
export async function tokenScores(
  { engine }: StudentModel,
  episodes: readonly Pick<Episode, "ids">[],
): Promise<Float32Array[]> {
  const scores: Float32Array[] = [];
  for (const { ids } of episodes) scores.push(await engine.sequenceLogprobs(ids));
  return scores;
}

/**
 * Checks that a teacher's log-probabilities are of the student's tokens.
 *
 * @throws {RangeError} when their tokenizers differ
 */
export function checkSameTokenizer(student: Tokenizer, teacher: Tokenizer, name: string): void {
  const vocabulary = ({ files }: Tokenizer) =>
    sha256OfJson([files.tokenizer.model, files.tokenizer.added_tokens ?? null]);
  if (vocabulary(student) === vocabulary(teacher)) return;
  throw new RangeError(
    `Cannot learn from the teacher ${name}: its tokenizer is not the student's, so its ` +
      "log-probabilities are of other tokens",
  );
}

/**
 * Estimate of the divergence of a student from where it started: the mean over its sampled tokens of
 * their log-probability when they were drawn, less that under the start.
 *
 * @param reference log-probabilities under the start, as {@link tokenScores} gives them
 */
export function divergenceFrom(
  episodes: readonly Episode[],
  reference: readonly ArrayLike<number>[],
): number {
  let [sum, count] = [0, 0];
  for (const [k, { sampled, logprobs }] of episodes.entries()) {
    for (let i = 0; i < sampled.length; i++) {
      if (sampled[i] !== 1) continue;
      sum += logprobs[i] - reference[k][i];
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
