import type { Random } from "../../records/random.ts";
import type { QuestionFamily } from "../question_family.ts";
import { drawTraining } from "./draw_training.ts";

/** A mathematical problem of the training split, solved by hand or by a program and its output. */
export function solvedProblem(
  families: readonly { readonly family: QuestionFamily; readonly share: number }[],
  random: Random,
): string {
  const { family, draft } = drawTraining(families, random);
  const problem = family.skill.recognise(draft.question);
  if (problem === null) throw new Error(`Cannot solve "${draft.question}" of ${family.name}`);
  if (random.chance(0.4)) return `${draft.question}\n\n${problem.cot({ random, flaw: null })}`;
  const { code } = problem.act({
    random,
    steps: [],
    prefix: "",
    repairing: false,
    flaw: null,
  });
  // The agent's way to answer is not for plain text.
  const program = code.replace("final_answer(", "print(");
  return `${draft.question}\n\n${program}\n\n${printed(draft.answer)}`;
}

/** Programs print `3/4` where the answer is written `\frac{3}{4}`. */
function printed(answer: string): string {
  return answer.replace(/\\frac\{(\d+)\}\{(\d+)\}/, "$1/$2");
}
