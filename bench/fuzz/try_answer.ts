import assert from "node:assert/strict";
import type { Random } from "@potstill";
import { extractAnswer, gradeMath, gradeQa } from "@potstill/evaluation";
import { mutatedText, randomText } from "./foreign_texts.ts";

/** Whole answers and replies, which are mutated. */
const ANSWERS = [
  "\\frac{1}{2^{34}}",
  "1-\\frac{1}{\\mathrm{e}}",
  "\\sum_{k=1}^{n} \\binom{n}{k} k!",
  "\\begin{pmatrix} 1 & \\sqrt{2} \\\\ -3 & 4 \\end{pmatrix}",
  "(-\\infty, 2] \\cup [3, 7)",
  "x=1,y=\\lfloor n/2 \\rfloor",
  "\\{1, 2, \\log_2(x)\\}",
  "2\\sin(x)\\cos(x) + |a-b|",
  "7,320,481.5\\text{ cm}^2",
  "Matrix([[1, 2], [3, Rational(7, 2)]])",
  "So the answer is $\\boxed{3\\sqrt[3]{13} + 4i}$. I hope it is correct.",
  "<think>no</think>12 + 30 = 42\n#### 42",
  "**Answer:** 28% (about \\(0.28\\))",
];

/** What formulas are made of, and what they should not be made of. */
const PIECES: readonly string[] = [
  ..."0123456789abcxyznk+-*/^_=<>!|()[]{}&,.;:'\"$\\ ",
  "\\frac",
  "\\sqrt",
  "\\sqrt[",
  "\\sum_{k=1}^{n}",
  "\\prod",
  "\\int_0^1",
  "\\lim",
  "\\binom",
  "\\left(",
  "\\right)",
  "\\left|",
  "\\lfloor",
  "\\rfloor",
  "\\boxed{",
  "\\text{",
  "\\mathrm{",
  "\\pi",
  "\\infty",
  "\\pm",
  "\\cdot",
  "\\times",
  "\\div",
  "\\cdots",
  "\\bmod ",
  "\\gcd",
  "\\max",
  "\\overline{",
  "\\vec{",
  "\\Gamma(",
  "\\ln",
  "\\log_",
  "\\sin",
  "\\arctan",
  "\\le",
  "\\ne ",
  "\\begin{cases}",
  "\\end{cases}",
  "\\begin{pmatrix}",
  "\\end{pmatrix}",
  "\\\\",
  "^{-1}",
  "^{999}",
  "!",
  "!!",
  "10^{9}",
  "9^{9^{9}}",
  "0.1",
  "1e308",
  "1e-400",
  "²",
  "√",
  "½",
  "%",
  "°",
  "NaN",
  "∞",
  "sqrt(",
  "Rational(1,",
  "FiniteSet(",
  "**",
  "//",
  "1j",
  "pi",
  "oo",
  "and ",
  "or ",
  "cm",
  "\n",
];

/** Reads and grades random answers in every way. @throws when something is wrong */
export function tryAnswer(random: Random): void {
  const [gold, prediction] = [answer(random), answer(random)];
  for (const kind of ["math", "qa"] as const) {
    const { answer: read } = extractAnswer(prediction, kind);
    assert.equal(typeof read, "string");
  }
  const grade = gradeMath(gold, prediction);
  assert.ok(["correct", "wrong", "unscored"].includes(grade.verdict));
  assert.doesNotMatch(grade.why, /undefined|NaN|Maximum call stack|is not a function/, grade.why);
  const again = gradeMath(gold, prediction);
  assert.equal(again.verdict, grade.verdict, `${gold} against ${prediction}`);
  // A text is never another answer than itself.
  assert.notEqual(gradeMath(gold, gold).verdict, gold.trim() === "" ? "correct" : "wrong", gold);
  assert.ok(["correct", "wrong", "unscored"].includes(gradeQa(gold, prediction).verdict));
}

function answer(random: Random): string {
  const kind = random.next();
  if (kind < 0.4) return mutatedText(random.pick(ANSWERS), random);
  if (kind < 0.5) return randomText(random, 20);
  return Array.from({ length: random.integer(0, 30) }, () => random.pick(PIECES)).join("");
}
