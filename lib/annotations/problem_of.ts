import type { Task } from "../records/task.ts";
import type { AnnotatedProblem } from "./annotated_problem.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";
import { CalculationProblem } from "./calculation_problem.ts";
import { FactProblem } from "./fact_problem.ts";
import { HopProblem } from "./hop_problem.ts";
import { SolutionProblem } from "./solution_problem.ts";

/** True if something can be made of a task's annotation. */
export function isAnnotated({ annotation }: Task): boolean {
  const { hops, facts, solution, equation, program, explanation } = annotation ?? {};
  return (hops?.length ?? 0) > 0 || (facts?.length ?? 0) > 0 ||
    [solution, equation, program, explanation].some((text) =>
      text !== undefined && text.trim() !== ""
    );
}

/** True if an agent's attempt at an annotated task searches. */
export function needsSearch({ annotation }: Task): boolean {
  return (annotation?.hops?.length ?? 0) > 0 || (annotation?.facts?.length ?? 0) > 0;
}

/**
 * The task as a problem that its annotation answers: by its hops, else by its supporting facts, else by
 * its calculation, else in words.
 *
 * @throws {AnnotationGapError} when it has no annotation, or hops that refer to none before them
 */
export function problemOf(task: Task): AnnotatedProblem {
  const { hops = [], facts = [], solution, equation, program } = task.annotation ?? {};
  if (hops.length > 0) return new HopProblem(task, hops);
  if (facts.length > 0) return new FactProblem(task, facts);
  // The arithmetic of solutions in LaTeX is none of single numbers.
  const isStory = solution !== undefined && !solution.includes("\\");
  const isProgram = solution === undefined && program !== undefined;
  if (task.kind === "math" && (isStory || isProgram || equation !== undefined)) {
    return new CalculationProblem(task);
  }
  if (isAnnotated(task)) return new SolutionProblem(task);
  throw new AnnotationGapError("no-annotation", `task ${task.id} has none`);
}
