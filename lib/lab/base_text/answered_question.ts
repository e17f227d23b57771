import type { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";
import type { QuestionFamily } from "../question_family.ts";
import { drawTraining } from "./draw_training.ts";

/** Passages in any order, a question of the training split about them, and its answer. */
export function answeredQuestion(
  families: readonly { readonly family: QuestionFamily; readonly share: number }[],
  passages: ReadonlyMap<string, Passage>,
  random: Random,
): string {
  const { draft } = drawTraining(families, random);
  const evidence = (draft.evidence ?? []).flatMap((id) => passages.get(id) ?? []);
  const told = random.shuffle(evidence).map(({ title, text }) => `${title}\n${text}`);
  return [...told, `${draft.question}\n${draft.answer}`].join("\n\n");
}
