import { gcd } from "../integers.ts";
import type { MathKind } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";

/** The sum of two fractions. */
export const fractionSum: MathKind = {
  name: "fraction-sum",
  level: "2",
  templates: [
    "Compute $\\frac{{a}}{{b}} + \\frac{{c}}{{d}}$. Give the answer as a fraction in lowest terms.",
    "What is {a}/{b} + {c}/{d} as a common fraction?",
    "Add {a}/{b} and {c}/{d}. Express the result as a fraction in lowest terms.",
    "Find the sum of the fractions {a}/{b} and {c}/{d}.",
    "{name} walks {a}/{b} of a mile in the morning and {c}/{d} of a mile in the evening. How many miles is that together, as a fraction?",
    "Simplify {a}/{b} + {c}/{d}.",
  ],
  draw: drawFractions,
  solve: ({ a, b, c, d }) => fraction(a * d + c * b, b * d),
  thoughts: ["I bring both to one denominator.", "I add the fractions and reduce."],
  programs: ({ a, b, c, d }) => [reduced(`${a} * ${d} + ${c} * ${b}`, `${b} * ${d}`)],
  plans: ["I bring both fractions to one denominator."],
  work: ({ a, b, c, d }, s) =>
    rational(s.sum(s.multiply(a, d), s.multiply(c, b)), s.multiply(b, d) || 1n),
};

/** The difference of two fractions. */
export const fractionDifference: MathKind = {
  name: "fraction-difference",
  level: "2",
  templates: [
    "Compute $\\frac{{a}}{{b}} - \\frac{{c}}{{d}}$. Give the answer as a fraction in lowest terms.",
    "What is {a}/{b} - {c}/{d} as a common fraction?",
    "Subtract {c}/{d} from {a}/{b}. Express the result as a fraction in lowest terms.",
    "Find the value of {a}/{b} minus {c}/{d}.",
    "{name} has {a}/{b} of a litre of paint and uses {c}/{d} of a litre. How many litres are left, as a fraction?",
    "Simplify {a}/{b} - {c}/{d}.",
  ],
  draw(random) {
    const drawn = drawFractions(random);
    return drawn === null || drawn.a * drawn.d <= drawn.c * drawn.b ? null : drawn;
  },
  solve: ({ a, b, c, d }) => fraction(a * d - c * b, b * d),
  thoughts: ["I bring both to one denominator.", "I subtract the fractions and reduce."],
  programs: ({ a, b, c, d }) => [reduced(`${a} * ${d} - ${c} * ${b}`, `${b} * ${d}`)],
  plans: ["I bring both fractions to one denominator."],
  work: ({ a, b, c, d }, s) =>
    rational(s.subtract(s.multiply(a, d), s.multiply(c, b)), s.multiply(b, d) || 1n),
};

/** The product or quotient of two fractions. */
export const fractionQuotient: MathKind = {
  name: "fraction-quotient",
  level: "2",
  templates: [
    "Compute $\\frac{{a}}{{b}} \\div \\frac{{c}}{{d}}$. Give the answer as a fraction in lowest terms.",
    "What is {a}/{b} divided by {c}/{d}, as a common fraction?",
    "Divide {a}/{b} by {c}/{d}. Express the result as a fraction in lowest terms.",
    "Find the quotient of the fractions {a}/{b} and {c}/{d}.",
    "A recipe needs {c}/{d} of a cup of flour. How many times can it be made with {a}/{b} cups, as a fraction?",
    "By what fraction must {c}/{d} be multiplied to give {a}/{b}?",
  ],
  draw: drawFractions,
  solve: ({ a, b, c, d }) => c === 0n ? null : fraction(a * d, b * c),
  thoughts: ["I multiply by the inverse.", "I multiply crosswise and reduce."],
  programs: ({ a, b, c, d }) => [reduced(`${a} * ${d}`, `${b} * ${c}`)],
  plans: ["To divide by a fraction I multiply by its inverse."],
  work: ({ a, b, c, d }, s) => rational(s.multiply(a, d), s.multiply(b, c) || 1n),
};

/** A linear equation with a rational solution. */
export const linearEquation: MathKind = {
  name: "linear-equation",
  level: "3",
  templates: [
    "Solve for x: {a}x + {b} = {c}x + {d}. Give x as a fraction in lowest terms.",
    "Find the value of $x$ such that ${a}x + {b} = {c}x + {d}$.",
    "What is the solution of the equation {a}x + {b} = {c}x + {d}?",
    "If {a}x + {b} = {c}x + {d}, what is x?",
    "For which x do the lines y = {a}x + {b} and y = {c}x + {d} meet?",
    "{a} times a number plus {b} equals {c} times the number plus {d}. Find the number as a fraction.",
  ],
  draw(random) {
    const c = random.integer(2, 60);
    return {
      a: c + random.integer(2, 60),
      b: random.integer(2, 400),
      c,
      d: random.integer(2, 400),
    };
  },
  solve: ({ a, b, c, d }) => a === c ? null : fraction(d - b, a - c),
  thoughts: ["I collect x on one side.", "I solve for x."],
  programs: ({ a, b, c, d }) => [reduced(`${d} - ${b}`, `${a} - ${c}`)],
  plans: ["I bring the terms with x to one side."],
  work({ a, b, c, d }, scribe) {
    const [p, q] = [scribe.subtract(d, b), scribe.subtract(a, c)];
    scribe.say(`x = ${p}/${q}`);
    return rational(p, q || 1n);
  },
};

/** A system of two linear equations. */
export const linearSystem: MathKind = {
  name: "linear-system",
  level: "3",
  templates: [
    "Solve the system x + y = {s} and {a}x + {b}y = {t}. What is x?",
    "If $x + y = {s}$ and ${a}x + {b}y = {t}$, find $x$.",
    "Two numbers x and y satisfy x + y = {s} and {a}x + {b}y = {t}. Find the value of x.",
    "The sum of x and y is {s}, and {a} times x plus {b} times y is {t}. What is x?",
    "{name} sells {s} tickets for {t} dollars in all. Adults pay {a} dollars and children pay {b} dollars. How many adult tickets are sold?",
    "A jar has {s} coins worth {t} cents in all. Each coin is worth {a} or {b} cents. How many coins are worth {a} cents?",
  ],
  draw(random) {
    const [a, b] = [random.integer(3, 60), random.integer(2, 60)];
    if (a === b) return null;
    const [x, y] = [random.integer(2, 300), random.integer(2, 300)];
    return { s: x + y, a, b, t: a * x + b * y };
  },
  solve({ s, a, b, t }) {
    const x = rational(t - b * s, a - b || 1n);
    return x.den === 1n && x.num >= 0n ? x : null;
  },
  thoughts: ["I try every x.", "I search with a loop."],
  programs: ({ s, a, b, t }) => [
    `for x in range(0, ${s} + 1):\n    if ${a} * x + ${b} * (${s} - x) == ${t}:\n        print(x)`,
    `print((${t} - ${b} * ${s}) // (${a} - ${b}))`,
  ],
  plans: ["I put y = s - x into the second equation.", "I eliminate y."],
  work({ s, a, b, t }, scribe) {
    const [p, q] = [scribe.subtract(t, scribe.multiply(b, s)), scribe.subtract(a, b)];
    return rational(scribe.divide(p, q));
  },
};

/** The value of a polynomial. */
export const polynomialValue: MathKind = {
  name: "polynomial-value",
  level: "2",
  templates: [
    "Let f(x) = {a}x^3 + {b}x^2 + {c}x + {d}. What is f({k})?",
    "Evaluate ${a}x^3 + {b}x^2 + {c}x + {d}$ at $x = {k}$.",
    "What is the value of {a}x^3 + {b}x^2 + {c}x + {d} when x = {k}?",
    "If x = {k}, find {a}x^3 + {b}x^2 + {c}x + {d}.",
    "The function g is defined by g(x) = {a}x^3 + {b}x^2 + {c}x + {d}. Compute g({k}).",
    "Substitute {k} for x in {a}x^3 + {b}x^2 + {c}x + {d}. What is the result?",
  ],
  draw: (random) => ({
    a: random.integer(2, 9),
    b: random.integer(2, 40),
    c: random.integer(2, 90),
    d: random.integer(2, 9),
    k: random.integer(4, 40),
  }),
  solve: ({ a, b, c, d, k }) => rational(((a * k + b) * k + c) * k + d),
  thoughts: ["I put in x.", "I evaluate the polynomial."],
  programs: ({ a, b, c, d, k }) => [
    `x = ${k}\nprint(${a} * x ** 3 + ${b} * x ** 2 + ${c} * x + ${d})`,
  ],
  plans: ["I use Horner's scheme.", "I evaluate it from the inside out."],
  work({ a, b, c, d, k }, scribe) {
    let value = a;
    for (const next of [b, c, d]) value = scribe.sum(scribe.multiply(value, k), next);
    return rational(value);
  },
};

/** The time that two workers need together. */
export const combinedWork: MathKind = {
  name: "combined-work",
  level: "4",
  templates: [
    "One pipe fills a tank in {a} hours and another fills it in {b} hours. How many hours do both together need, as a fraction?",
    "{name} paints a fence in {a} hours, {name2} paints it in {b} hours. How many hours do they need together? Give a fraction.",
    "Machine A finishes a job in {a} minutes and machine B in {b} minutes. In how many minutes do they finish it together, as a fraction?",
    "Find the fraction x with 1/x = 1/{a} + 1/{b}.",
    "Resistors of {a} and {b} ohms are connected in parallel, so that 1/R = 1/{a} + 1/{b}. Find R as a fraction.",
    "{name} cleans a hall in {a} minutes and {name2} in {b} minutes. Working together, how many minutes do they take? Give a fraction.",
  ],
  draw(random) {
    const [a, b] = [random.integer(3, 120), random.integer(3, 120)];
    return a === b ? null : { a, b };
  },
  solve: ({ a, b }) => fraction(a * b, a + b),
  thoughts: ["I add the rates.", "I add the rates and invert."],
  programs: ({ a, b }) => [reduced(`${a} * ${b}`, `${a} + ${b}`)],
  plans: ["The rates add up, so the time is the product over the sum."],
  work: ({ a, b }, s) => rational(s.multiply(a, b), s.sum(a, b)),
};

/** Code that reduces p/q and prints it. */
export function reduced(p: string, q: string): string {
  return `p = ${p}\nq = ${q}\ng = math.gcd(p, q)\nprint(f"{p // g}/{q // g}")`;
}

/** The fraction, or null when it is an integer (those belong to other kinds). */
function fraction(p: bigint, q: bigint) {
  return q === 0n || p % q === 0n ? null : rational(p, q);
}

function drawFractions(random: { integer(low: number, high: number): number }) {
  const [b, d] = [random.integer(3, 60), random.integer(3, 60)];
  const [a, c] = [random.integer(1, b - 1), random.integer(1, d - 1)];
  const proper = gcd(BigInt(a), BigInt(b)) === 1n && gcd(BigInt(c), BigInt(d)) === 1n;
  return b === d || !proper ? null : { a, b, c, d };
}
