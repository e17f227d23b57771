import type { MathKind } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";

/** A number of another base in base ten. */
export const fromBase: MathKind = {
  name: "from-base",
  level: "2",
  templates: [
    "What is the base-{b} number {a} in base ten?",
    "Convert {a} from base {b} to base 10.",
    "Write ${a}_{{b}}$ in base ten.",
    "Find the decimal value of the numeral {a} in base {b}.",
    "Express the base {b} numeral {a} as a base ten integer.",
    "The number {a} is written in base {b}. What is it in decimal notation?",
  ],
  phrase: "the decimal value of the numeral {a} in base {b}",
  draw(random) {
    const b = random.integer(2, 9);
    const value = random.integer(b ** 2, b === 2 ? 511 : b ** 4 - 1);
    return { a: Number(value.toString(b)), b };
  },
  solve({ a, b }) {
    const value = parseInt(String(a), Number(b));
    return value.toString(Number(b)) === String(a) ? rational(BigInt(value)) : null;
  },
  thoughts: ["I use int with a base.", "I convert it with int."],
  programs: ({ a, b }) => [
    `print(int("${a}", ${b}))`,
    `x = 0\nfor d in "${a}":\n    x = x * ${b} + int(d)\nprint(x)`,
  ],
  plans: ["I go through the digits from the left."],
  work({ a, b }, scribe) {
    let [first, ...rest] = [...String(a)].map(BigInt);
    for (const digit of rest) first = scribe.sum(scribe.multiply(first, b), digit);
    return rational(first);
  },
};

/** A number in another base. */
export const toBase: MathKind = {
  name: "to-base",
  level: "3",
  templates: [
    "Write {a} in base {b}. Give the digits only.",
    "Convert the decimal number {a} to base {b}. Give the digits only.",
    "What is {a} in base {b}? Give only the digits.",
    "Express the base ten integer {a} in base {b}, digits only.",
    "Find the base {b} representation of {a}, without the subscript.",
    "How is the decimal number {a} written in base {b}? Leave out the subscript.",
  ],
  draw: (random) => ({ a: random.integer(20, 2500), b: random.integer(2, 9) }),
  solve: ({ a, b }) => rational(BigInt(a.toString(Number(b)))),
  thoughts: ["I divide again and again.", "I collect the remainders."],
  programs: ({ a, b }) => [
    `n = ${a}\ns = ""\nwhile n > 0:\n    s = str(n % ${b}) + s\n    n = n // ${b}\nprint(s)`,
  ],
  plans: ["I divide repeatedly and read the remainders backwards."],
  work({ a, b }, scribe) {
    let [rest, digits] = [a, ""];
    while (rest > 0n) {
      const [quotient, digit] = [rest / b, rest % b];
      scribe.say(`${rest} = ${b} * ${quotient} + ${digit}`);
      [rest, digits] = [quotient, `${digit}${digits}`];
    }
    return rational(BigInt(digits));
  },
};
