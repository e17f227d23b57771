import type { ScriptedAction } from "../agent/scripted/scripted_text.ts";
import type { Random } from "../records/random.ts";
import type { Task } from "../records/task.ts";
import type { AnnotatedContext, AnnotatedProblem } from "./annotated_problem.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";
import { pythonExpression, valueOf } from "./arithmetic.ts";
import { type Calculation, calculationsOf, isSameNumber } from "./calculation.ts";
import { numberOf } from "./equations.ts";

/** A word problem whose annotation has the calculation: it is made in Python and printed. */
export class CalculationProblem implements AnnotatedProblem {
  readonly #task: Task;

  /** A problem of a task with a solution or an equation. */
  constructor(task: Task) {
    this.#task = task;
  }

  /** The calculation with its result printed; then the answer that was printed. */
  act({ random, steps }: AnnotatedContext): ScriptedAction {
    const printed = steps.findLast(({ failed, logs }) => !failed && logs.trim() !== "");
    const value = printed === undefined ? null : numberOf(printed.logs.trim().split("\n").at(-1)!);
    if (value !== null) return answer(value, random);
    const { annotation } = this.#task;
    if (annotation?.solution === undefined && annotation?.equation === undefined) {
      return program(annotation?.program ?? "", random);
    }
    const calculations = this.#calculations();
    const result = calculations.at(-1)!;
    return {
      thought: random.pick([
        "I work it out step by step in Python.",
        "I put the numbers of the story into variables and compute the answer.",
        "The story can be computed line by line; the last line gives what is asked for.",
        "I let Python do the arithmetic and print the result.",
        calculations.length === 1
          ? "One calculation is enough here."
          : `This takes ${calculations.length} calculations, one after the other.`,
      ]),
      code: [
        ...calculations.map(({ name, code }) => `${name} = ${code}`),
        `print(${result.name})`,
      ].join("\n"),
    };
  }

  /** The calculations up to the one that gives the answer. */
  #calculations(): Calculation[] {
    const { annotation, question, answer } = this.#task;
    const wanted = numberOf(answer);
    const { solution, equation } = annotation ?? {};
    const all = solution === undefined ? equationOf(equation) : calculationsOf(solution, question);
    if (all.length === 0) {
      throw new AnnotationGapError("no-annotation", "the solution has no calculation");
    }
    const last = all.findLastIndex(({ value }) => wanted !== null && isSameNumber(value, wanted));
    if (last >= 0) return all.slice(0, last + 1);
    throw new AnnotationGapError(
      "calculation-differs",
      `the solution calculates ${all.at(-1)!.value}, and the answer is ${answer}`,
    );
  }

  /** The worked solution in words, and the answer. */
  cot(random: Random): string {
    const { annotation, answer } = this.#task;
    const plan = random.pick([
      "I work through the story one step at a time.",
      "I write down each step of the calculation.",
      "I go through the numbers in the order of the story.",
    ]);
    const { solution, equation, program } = annotation ?? {};
    const told = solution === undefined
      ? equation === undefined ? program ?? "" : `${equation} = ${answer}`
      : solution.replace(/<<[^<>]*>>/g, "").replace(/\n?####.*$/s, "").replace(/\n\s*\n/g, "\n");
    return `${plan}\n\n${told.trim()}\n\nThe answer is \\boxed{${answer}}.`;
  }
}

function answer(value: number, random: Random): ScriptedAction {
  const rounded = Number(value.toPrecision(12));
  return {
    thought: random.pick([
      `The program gives ${rounded}, which is the answer.`,
      `So the answer is ${rounded}.`,
      `The result is ${rounded}.`,
    ]),
    code: `final_answer(${rounded})`,
  };
}

/** A function that people wrote, called and printed. @source GSM-Hard: `code` */
function program(text: string, random: Random): ScriptedAction {
  const name = /^def (\w+)\(\):/m.exec(text)?.[1];
  if (name === undefined) {
    throw new AnnotationGapError("no-annotation", "the program has no function without arguments");
  }
  return {
    thought: random.pick([
      "I write a function for the story and print what it gives.",
      "A small program can follow the story from line to line.",
    ]),
    code: `${text.trim()}\n\nprint(${name}())`,
  };
}

/** A calculation of one line. @source SVAMP: `Equation` */
function equationOf(equation: string | undefined): Calculation[] {
  const code = equation === undefined ? null : pythonExpression(equation);
  const value = code === null ? null : valueOf(code);
  return code === null || value === null ? [] : [{ name: "result", code, value }];
}
