import type { Random } from "../../records/random.ts";
import type { ActContext, Action, CotContext, Problem } from "../expert/skill.ts";
import type { MathKind, Numbers } from "./math_kind.ts";
import { rationalText } from "./rational_text.ts";
import { Scribe } from "./scribe.ts";

/** The chance that the expert answers in its first step, without looking at a print. */
const DIRECT_ANSWER_RATE = 0.2;

/** The chance that the expert writes another than the usual program of a kind. */
const OTHER_PROGRAM_RATE = 0.2;

const CLOSING_THOUGHTS = [
  "The result is {value}.",
  "The answer is {value}.",
  "The code printed the answer.",
  "I have the result.",
  "This is the answer.",
] as const;

/**
 * A recognised question of a kind, with its numbers: the expert's knowledge of how to program it and
 * how to work it out by hand.
 */
export class MathProblem implements Problem {
  /** Graded by mathematical equality. */
  readonly kind = "math";
  readonly #kind: MathKind;
  readonly #numbers: Numbers;

  /** The problem as read. @param numbers the values of the kind's slots, as read from the question */
  constructor(kind: MathKind, numbers: Numbers) {
    this.#kind = kind;
    this.#numbers = numbers;
  }

  /** A plan, the calculation by hand, and the boxed result. */
  cot({ random, flaw }: CotContext): string {
    const numbers = flaw === "wrong-reasoning" ? this.#misread(random) : this.#numbers;
    const scribe = new Scribe(random.fork("scribe"));
    const answer = this.#kind.work(numbers, scribe);
    const plan = random.pick(this.#kind.plans);
    return `${plan}\n\n${scribe.text}\n\nThe answer is \\boxed{${rationalText(answer)}}.`;
  }

  /** A program that prints the result, then the result as the final answer. */
  act({ random, steps, flaw }: ActContext): Action {
    const last = steps.findLast((step) => !step.failed && step.logs.trim() !== "");
    if (last !== undefined) return closing(last.logs, random);
    const numbers = flaw === "wrong-reasoning" ? this.#misread(random) : this.#numbers;
    const programs = this.#kind.programs(numbers);
    const program = programs.length > 1 && random.chance(OTHER_PROGRAM_RATE)
      ? random.pick(programs.slice(1))
      : programs[0];
    const code = random.chance(DIRECT_ANSWER_RATE) ? answering(program) : program;
    return { thought: random.pick(this.#kind.thoughts), code: importing(code) };
  }

  /**
   * The numbers with one of them off by one, which is what most wrong reasoning in arithmetic comes
   * to (a bound left out, a term too many), as long as that makes a problem with an answer.
   */
  #misread(random: Random): Numbers {
    for (const slot of random.shuffle(Object.keys(this.#numbers))) {
      const value = this.#numbers[slot];
      const off = value > 2n && random.chance(0.5) ? -1n : 1n;
      const numbers = { ...this.#numbers, [slot]: value + off };
      if (this.#kind.solve(numbers) !== null) return numbers;
    }
    return this.#numbers;
  }
}

/** The program with its last `print` replaced by `final_answer`. */
function answering(program: string): string {
  const at = program.lastIndexOf("print(");
  return `${program.slice(0, at)}final_answer(${program.slice(at + "print(".length)}`;
}

/** The program with the imports that it needs. */
function importing(program: string): string {
  return program.includes("math.") ? `import math\n${program}` : program;
}

function closing(logs: string, random: Random): Action {
  const value = logs.trim().split("\n").at(-1)!.trim();
  const literal = /^-?\d+$/.test(value) ? value : JSON.stringify(value);
  return {
    thought: random.pick(CLOSING_THOUGHTS).replace("{value}", value),
    code: `final_answer(${literal})`,
  };
}
