import type { Random } from "../../records/random.ts";
import type { Rational } from "../../grading/rational.ts";
import type { Scribe } from "./scribe.ts";

/** The numbers in a question's slots. */
export type Numbers = Readonly<Record<string, bigint>>;

/**
 * A kind of mathematical problem: its wording, exact answer, program and calculation by hand. The
 * four are separate routes to the same number.
 */
export interface MathKind {
  /** Unique in the lab; the task's `type`. */
  readonly name: string;
  /** `2` (easy) to `5` (hard), as in the MATH dataset. */
  readonly level: "2" | "3" | "4" | "5";
  /**
   * The phrasings. Slots of {@link WORD_SLOTS} (`{name}`, `{thing}`, ...) take words, all others
   * take the number of the same name from `draw`.
   */
  readonly templates: readonly string[];
  /** Draws the numbers; null when the draw is no good. */
  draw(random: Random): Readonly<Record<string, number>> | null;
  /** The exact answer; null when the numbers make no good problem. */
  solve(numbers: Numbers): Rational | null;
  /** First thoughts before the code. */
  readonly thoughts: readonly string[];
  /**
   * Python programs that print the answer with the `print(...)` of their last line; the first is the
   * usual one. `import math` is added where `math.` occurs.
   */
  programs(numbers: Numbers): readonly string[];
  /** Plans of a calculation by hand: first paragraphs of the chain of thought. */
  readonly plans: readonly string[];
  /** Writes out the calculation by hand and returns what it arrives at. */
  work(numbers: Numbers, scribe: Scribe): Rational;
  /** The problem's result as a noun phrase with the same slots, for problems composed of several. */
  readonly phrase?: string;
}

const NAMES = [
  ..."Ada Ben Cleo Dan Ella Finn Gina Hugo Iris Jack Kira Liam Mona Nils Olga Pete Rosa Sven Tara Vera"
    .split(" "),
];
const THINGS = [
  ..."apples books stamps marbles tiles cards pens shells beads coins bricks candles buttons stickers"
    .split(" "),
];
const BOXES = ["boxes", "bags", "crates", "baskets", "jars"];

/** The slots that take words, and what they can be; `name`, `name2` and `name3` always differ. */
export const WORD_SLOTS: Readonly<Record<string, readonly string[]>> = {
  name: NAMES,
  name2: NAMES,
  name3: NAMES,
  thing: THINGS,
  box: BOXES,
};

/** Words for every slot of {@link WORD_SLOTS}. */
export function drawWords(random: Random): Readonly<Record<string, string>> {
  const [name, name2, name3] = random.shuffle(NAMES);
  return { name, name2, name3, thing: random.pick(THINGS), box: random.pick(BOXES) };
}

/** An integer with `low` to `high` digits, each length as likely. */
export function sized(random: Random, low: number, high: number): number {
  const length = random.integer(low, high);
  return random.integer(10 ** (length - 1), 10 ** length - 1);
}
