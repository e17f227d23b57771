import type { ScriptedAction } from "../agent/scripted/scripted_text.ts";
import type { Task } from "../records/task.ts";
import type { AnnotatedProblem } from "./annotated_problem.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";

/** A task whose annotation is prose alone: it can be told, and no agent's attempt follows from it. */
export class SolutionProblem implements AnnotatedProblem {
  readonly #task: Task;

  /** A problem of a task with a solution or an explanation in words. */
  constructor(task: Task) {
    this.#task = task;
  }

  /** Gives up. @throws {AnnotationGapError} always */
  act(): ScriptedAction {
    throw new AnnotationGapError(
      "no-annotation",
      "a solution in words has neither hops nor calculations that could be run",
    );
  }

  /** The solution, with the answer where it does not state it. */
  cot(): string {
    const { annotation, answer, kind } = this.#task;
    const told = (annotation?.solution ?? annotation?.explanation ?? "").trim();
    if (kind === "qa") return `${told}\n\n<answer>${answer}</answer>`;
    return told.includes("\\boxed") ? told : `${told}\n\nThe answer is \\boxed{${answer}}.`;
  }
}
