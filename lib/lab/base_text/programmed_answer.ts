import type { Random } from "../../random/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";
import type { QuestionFamily } from "../question_family.ts";
import { type DrawnQuestion, drawTraining } from "./draw_training.ts";

/**
 * Passages in any order, a question of the training split about them, what they say to it, and a
 * program that prints the answer.
 */
export function programmedAnswer(
  families: readonly { readonly family: QuestionFamily; readonly share: number }[],
  passages: ReadonlyMap<string, Passage>,
  random: Random,
): string {
  const { family, draft } = drawAnswerable(families, passages, random);
  const problem = family.skill.recognise(draft.question);
  if (problem === null) throw new Error(`Cannot solve "${draft.question}" of ${family.name}`);
  const evidence = (draft.evidence ?? []).map((id) => passages.get(id)!);
  const told = random.shuffle(evidence).map(({ title, text }) => `${title}\n${text}`);
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
  return [...told, draft.question, thought, program, draft.answer].join("\n\n");
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
