import type { StudentModel } from "../student/student_model.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Episode } from "./episode.ts";

/**
 * Log-probabilities that a model gives the tokens of episodes.
 *
 * @param signal ends it before the next episode
 * @returns as many numbers for each as it has ids
 * @throws {ContextOverflowError} when an episode is longer than the model reads
 * @throws the signal's reason
 */
export async function tokenScores(
  { engine }: StudentModel,
  episodes: readonly Pick<Episode, "ids">[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const scores: Float32Array[] = [];
  for (const { ids } of episodes) {
    signal?.throwIfAborted();
    scores.push(await engine.sequenceLogprobs(ids));
  }
  return scores;
}

/**
 * Checks that a teacher's log-probabilities are of the student's tokens: that ids mean the same. How texts are
 * cut into tokens may differ, as what the student drew is never encoded again.
 *
 * @throws {RangeError} when their tokenizers differ
 */
export function checkSameTokenizer(student: Tokenizer, teacher: Tokenizer, name: string): void {
  const isSame = (id: number) => {
    const lengths = [student.lengthOf(id), teacher.lengthOf(id)];
    if (lengths.includes(0)) return lengths[0] === lengths[1];
    const [own, other] = [student.bytesOf(id), teacher.bytesOf(id)];
    return own.length === other.length && own.every((byte, i) => byte === other[i]) &&
      student.isSpecial(id) === teacher.isSpecial(id);
  };
  const { vocabSize } = student;
  const ids = Array.from({ length: vocabSize }, (_, id) => id);
  if (teacher.vocabSize === vocabSize && ids.every(isSame)) return;
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
