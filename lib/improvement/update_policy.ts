import { Random } from "../records/random.ts";
import { batchRows, exampleRows, type PackedRow } from "../student/train/packed_row.ts";
import type { Trainer } from "../student/train/trainer.ts";
import { sampledTokens } from "./episode.ts";
import type { Lesson } from "./lesson.ts";
import { isClipped, type SurrogateOptions, surrogateWeight } from "./surrogate.ts";

/** Settings of {@link updatePolicy}. */
export interface UpdateOptions extends SurrogateOptions {
  /**
   * `likelihood`: the advantage itself is the weight of a token's cross-entropy. `surrogate`: the clipped
   * surrogate objective of policy gradients.
   */
  readonly objective: "likelihood" | "surrogate";
  /** Passes over the lessons. */
  readonly passes: number;
  /**
   * Ends after the step with which so many tokens are trained, in place of `passes`; lessons are
   * repeated as often as that takes. @default the passes end it
   */
  readonly trainedTokens?: number;
  /** Passes at most that `trainedTokens` takes. @default no limit */
  readonly mostPasses?: number;
  /** Tokens of one optimizer step, at least. */
  readonly batchTokens: number;
  /** The learning rate. */
  readonly learningRate: number;
  /** Decides the order. */
  readonly seed: string;
  /** Log-probabilities under the student at the start, as long as each lesson's ids. @default none */
  readonly reference?: readonly Float32Array[];
  /** Told of each step. */
  readonly onStep?: (step: number, loss: number) => void;
  /** Stops after the step under way. */
  readonly signal?: AbortSignal;
}

/** Figures of an update. */
export interface UpdateSummary {
  /** Optimizer steps. */
  readonly steps: number;
  /** Tokens that the steps read. */
  readonly tokens: number;
  /** Tokens whose weight was not 0. */
  readonly trainedTokens: number;
  /** Mean loss of the steps; null without a step. */
  readonly loss: number | null;
  /** Share of sampled tokens whose gradient clipping took away. */
  readonly clipped: number;
}

/**
 * Trains the student on lessons. The loss of a step is the sum of its tokens' weights times their
 * cross-entropies, divided by the number of sampled tokens of the step's lessons, those of weight 0 included.
 *
 * @throws the signal's reason when it is aborted
 */
export async function updatePolicy(
  trainer: Pick<Trainer, "step" | "tokenLosses">,
  lessons: readonly Lesson[],
  options: UpdateOptions,
): Promise<UpdateSummary> {
  const { objective, passes, batchTokens, learningRate, seed, reference, signal } = options;
  const { trainedTokens: budget, mostPasses = Infinity } = options;
  const lessonOf = new Map<PackedRow, number>();
  const plan = planBatches(lessons, lessonOf, batchTokens, seed);
  const losses: number[] = [];
  let [tokens, trained, clipped, drawn, trainedBefore] = [0, 0, 0, 0, 0];
  for (const { pass, isFirst, rows } of plan) {
    signal?.throwIfAborted();
    if (budget === undefined ? pass === passes : trained >= budget || pass === mostPasses) break;
    // A pass that trains nothing, as all is clipped, would be followed by others like it.
    if (isFirst && pass > 0 && trained === trainedBefore) break;
    if (isFirst) trainedBefore = trained;
    const own = rows.map((row) => lessonOf.get(row)!);
    const current = objective === "surrogate" ? await trainer.tokenLosses(rows) : null;
    const weighted = rows.map((row, r) => {
      const lesson = lessons[own[r]];
      const weights = new Float32Array(row.ids.length);
      let place = 0;
      for (let i = 1; i < row.ids.length; i++) {
        if (lesson.sampled[i] !== 1) continue;
        const advantage = lesson.advantages[i];
        if (current === null) {
          weights[i] = advantage;
          continue;
        }
        const now = -current[r][place++];
        const terms = { current: now, sampled: lesson.logprobs[i], advantage };
        if (isClipped(Math.exp(now - lesson.logprobs[i]), advantage, options)) clipped++;
        weights[i] = surrogateWeight(
          reference === undefined ? terms : { ...terms, reference: reference[own[r]][i] },
          options,
        );
      }
      return { ...row, weights };
    });
    const normalizer = sampledTokens(own.map((k) => lessons[k]));
    drawn += normalizer;
    if (!weighted.some(({ weights }) => weights.some((weight) => weight !== 0))) continue;
    const result = await trainer.step(weighted, { learningRate, normalizer });
    losses.push(result.loss);
    tokens += result.tokens;
    trained += result.trainedTokens;
    options.onStep?.(losses.length, result.loss);
  }
  return {
    steps: losses.length,
    tokens,
    trainedTokens: trained,
    loss: losses.length === 0 ? null : losses.reduce((a, b) => a + b, 0) / losses.length,
    clipped: drawn === 0 ? 0 : clipped / drawn,
  };
}

/** Batches of rows without end, in a new order for each pass; notes the lesson that each row is of. */
function* planBatches(
  lessons: readonly Lesson[],
  lessonOf: Map<PackedRow, number>,
  batchTokens: number,
  seed: string,
): Generator<{ readonly pass: number; readonly isFirst: boolean; readonly rows: PackedRow[] }> {
  const usable = lessons.map((_, k) => k).filter((k) => lessons[k].sampled.lastIndexOf(1) > 0);
  if (usable.length === 0) return;
  for (let pass = 0;; pass++) {
    const order = new Random(seed).fork(pass).shuffle(usable);
    const all = exampleRows(
      order.map((k) => ({ ids: lessons[k].ids, trained: lessons[k].sampled })),
    );
    lessonOf.clear();
    all.forEach((row, i) => lessonOf.set(row, order[i]));
    for (const [i, rows] of batchRows(all, batchTokens).entries()) {
      yield { pass, isFirst: i === 0, rows };
    }
  }
}
