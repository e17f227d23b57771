import type { Random } from "../../records/random.ts";
import { type QuestionDraft, type QuestionFamily, splitOf } from "../question_family.ts";

/** A question with the family that it is of. */
export interface DrawnQuestion {
  /** Family that drew it. */
  readonly family: QuestionFamily;
  /** The question. */
  readonly draft: QuestionDraft;
}

/** A question of the training split from any of the families, each as likely as its share. */
export function drawTraining(
  families: readonly { readonly family: QuestionFamily; readonly share: number }[],
  random: Random,
): DrawnQuestion {
  const total = families.reduce((sum, { share }) => sum + share, 0);
  while (true) {
    let rest = random.next() * total;
    const { family } = families.find(({ share }) => (rest -= share) < 0) ?? families[0];
    const draft = family.draw(random, "train");
    if (draft?.keys.every((key) => splitOf(key) === "train")) return { family, draft };
  }
}
