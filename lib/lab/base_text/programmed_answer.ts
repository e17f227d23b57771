import type { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";
import type { QuestionFamily } from "../question_family.ts";
import { type DrawnQuestion, drawTraining } from "./draw_training.ts";

/**
 * Share of texts in which the question precedes the passages, so that it must be attended to from
 * afar.
 */
const QUESTION_FIRST_RATE = 0.8;
/** Most passages beside those that answer the question. */
const MOST_OTHERS = 3;

/**
 * A question of the training split and passages in any order, what those that answer it say, and a
 * program that prints the answer.
 *
 * @param others passages that may stand beside those that answer the question
 */
export function programmedAnswer(
  families: readonly { readonly family: QuestionFamily; readonly share: number }[],
  passages: ReadonlyMap<string, Passage>,
  others: readonly Passage[],
  random: Random,
): string {
  const { family, draft } = drawAnswerable(families, passages, random);
  const problem = family.skill.recognise(draft.question);
  if (problem === null) throw new Error(`Cannot solve "${draft.question}" of ${family.name}`);
  const evidence = (draft.evidence ?? []).map((id) => passages.get(id)!);
  const beside = Array.from({ length: random.integer(0, MOST_OTHERS) }, () => random.pick(others));
  const shown = random.shuffle([...new Set([...evidence, ...beside])]);
  const told = shown.map(({ title, text }) => `${title}\n${text}`);
  const { thought, code } = problem.act({
    random,
    steps: [{
      thought: "",
      code: null,
      observation: "",
      logs: "",
      passages: evidence,
      failed: false,
    }],
    prefix: "",
    repairing: false,
    flaw: null,
  });
  // The agent's way to answer is not for plain text.
  const program = code.replace("final_answer(", "print(");
  const asked = random.chance(QUESTION_FIRST_RATE)
    ? [draft.question, ...told]
    : [...told, draft.question];
  return [...asked, thought, program, draft.answer].join("\n\n");
}

/** A question all of whose evidence is among the passages: a capital may be kept for the test. */
function drawAnswerable(
  families: readonly { readonly family: QuestionFamily; readonly share: number }[],
  passages: ReadonlyMap<string, Passage>,
  random: Random,
): DrawnQuestion {
  while (true) {
    const drawn = drawTraining(families, random);
    if (drawn.draft.evidence?.every((id) => passages.has(id))) return drawn;
  }
}
