import type { ExportFormat } from "./export_format.ts";
import { learnsAll, learnsLast, type TrainingExample } from "../training_example.ts";

/** Masking of a set of examples in a format. */
export interface MaskPlan {
  /** The examples to write. */
  readonly examples: readonly TrainingExample[];
  /** True if the last turn alone is trained on in every one of them. */
  readonly isLastOnly: boolean;
  /** Examples that became one for each turn. */
  readonly split: number;
}

/**
 * Decides whether a data set trains on all turns of the assistant or on the last one alone. Where
 * a format has one setting for the whole data set and the examples want both, each conversation
 * with several trained turns becomes one conversation per turn, trained on its last: the same
 * tokens are trained on, each once.
 *
 * @example
 * ```ts
 * import { exportFormats } from "@potstill/student";
 * import { planMasks } from "@potstill/training_data/formats/plan_masks.ts";
 * const role = (i: number) => (i % 2 === 0 ? "user" as const : "assistant" as const);
 * const messages = [0, 1, 2, 3].map((i) => ({ role: role(i), content: String(i) }));
 * const { examples, split } = planMasks(exportFormats.trl, [
 *   { id: "all", messages, learned: [1, 3] },
 *   { id: "last", messages, learned: [3] },
 * ]);
 * if (examples.length !== 3 || split !== 1) throw new Error("not split");
 * ```
 */
export function planMasks(format: ExportFormat, examples: readonly TrainingExample[]): MaskPlan {
  const isPartial = (example: TrainingExample) => !learnsAll(example);
  // Some turns and not others: a turn that broke off is context.
  const isMixed = (example: TrainingExample) => isPartial(example) && !learnsLast(example);
  // An example with one turn is both.
  const isWhole = (example: TrainingExample) => learnsAll(example) && example.learned.length > 1;
  const mustSplit = (example: TrainingExample) => isWhole(example) || isMixed(example);
  const isLastOnly = examples.some(isPartial) && !examples.some(mustSplit);
  if (format.masks === "any" || isLastOnly || !examples.some(isPartial)) {
    return { examples, isLastOnly, split: 0 };
  }
  return {
    examples: examples.flatMap((example) => (mustSplit(example) ? turnByTurn(example) : [example])),
    isLastOnly: true,
    split: examples.filter(mustSplit).length,
  };
}

function turnByTurn({ id, messages, learned }: TrainingExample): TrainingExample[] {
  return learned.map((at) => ({ id, messages: messages.slice(0, at + 1), learned: [at] }));
}
