import assert from "node:assert/strict";
import { gradeMath } from "@potstill/grading/grade_math.ts";

/** Answers that would take long or overflow a stack; none of them is 7. */
const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  ["minus signs", `${"-".repeat(5_001)}7`],
  ["minus signs below the limit", `${"-".repeat(3_001)}7`],
  ["brackets", `${"(".repeat(3_000)}8${")".repeat(3_000)}`],
  ["open brackets", "(".repeat(3_999)],
  ["braces below the limit", `${"{".repeat(59)}8${"}".repeat(59)}`],
  ["nested roots", `${"sqrt(".repeat(55)}8${")".repeat(55)}`],
  ["nested powers", `${"2^{".repeat(50)}2${"}".repeat(50)}`],
  ["nested fractions", `${"\\frac{".repeat(50)}1${"}{2}".repeat(50)}`],
  ["bars", "|".repeat(3_999)],
  ["digits", "9".repeat(100_000)],
  ["digits below the limit", "9".repeat(3_900)],
  ["digits behind the point", `0.${"1".repeat(3_900)}`],
  ["a long period", `0.\\overline{${"12".repeat(1_500)}}`],
  ["a power tower", "9^{9^{9^9}}"],
  ["an exponential tower", "e^{e^{e^{e^{e^{e}}}}}"],
  ["a factorial of a factorial", "((10^9)!)!"],
  ["factorial signs", `5${"!".repeat(3_000)}`],
  ["Gamma", "\\Gamma(10^8)"],
  ["a binomial", "\\binom{10^9}{5\\cdot 10^8}"],
  ["a long sum", "\\sum_{k=1}^{1000000000} \\sin k"],
  ["a sum of fractions", "\\sum_{k=1}^{20000} \\frac{1}{k}"],
  ["a double sum", "\\sum_{i=1}^{9999}\\sum_{j=1}^{9999} ij"],
  ["a product", "\\prod_{k=1}^{20000} k^k"],
  ["a greatest common divisor", "\\gcd(2^{60000}, 3^{40000})"],
  ["many quotients", "1/21".repeat(900)],
  ["many symbols", "a/b".repeat(1_300)],
  ["many equations", `${"x=".repeat(1_900)}8`],
  ["many commas", ",".repeat(3_999)],
  ["many numbers", Array.from({ length: 1_000 }, (_, i) => i).join(",")],
  ["many words", "and ".repeat(999)],
  ["many commands", "\\sin".repeat(900)],
  ["text commands", "\\text{".repeat(600)],
  ["matrices", "\\begin{pmatrix}".repeat(250)],
  ["a huge exponent", "1e999999999"],
  ["a tiny exponent", "1e-999999999"],
  ["names of objects", "\\operatorname{constructor}(x)"],
  ["more names of objects", "__proto__"],
  ["half a character", "\ud800"],
  ["zeros", "\u0000".repeat(3_000)],
];

Deno.test("no answer makes the grader throw, and none of these is correct", () => {
  for (const [name, text] of HOSTILE) {
    for (const policy of ["rounded", "qwen2.5-math"] as const) {
      const { verdict, why } = gradeMath("7", text, { policy, deadlineMs: 1_000 });
      assert.notEqual(verdict, "correct", name);
      assert.notEqual(why, "", name);
      assert.doesNotMatch(why, /the grader failed/, name);
    }
  }
});

Deno.test("hostile gold answers are unscored or unequal, and never thrown at", () => {
  for (const [name, text] of HOSTILE) {
    const { verdict } = gradeMath(text, "7", { deadlineMs: 1_000 });
    assert.notEqual(verdict, "correct", name);
    assert.equal(gradeMath(text, text).verdict, "correct", name);
  }
});

Deno.test("too long or too deep an answer is wrong and says why", () => {
  assert.match(gradeMath("7", "9".repeat(100_000)).why, /100000 characters long, of at most 4000/);
  assert.match(gradeMath("7", `${"(".repeat(100)}7`).why, /nested 100 deep, of at most 60/);
  assert.equal(gradeMath("7", "9".repeat(100_000)).verdict, "wrong");
  assert.equal(gradeMath("9".repeat(100_000), "7").verdict, "unscored");
});

Deno.test("what cannot be decided is unscored, what can is not", () => {
  const large = "2^{10^{10}}";
  assert.equal(gradeMath(large, `${large}+1`).verdict, "unscored");
  assert.equal(gradeMath(large, large).verdict, "correct");
  assert.equal(gradeMath(large, "2^{10^{11}}").verdict, "wrong");
  assert.equal(gradeMath("6000", "\\frac{6000!}{5999!}").verdict, "correct");
  assert.equal(gradeMath("\\sin(10^{30})", "\\sin(10^{30}-2\\pi)").verdict, "correct");
  assert.equal(gradeMath("\\sin(10^{30})", "\\sin(10^{30}-6)").verdict, "wrong");
});

Deno.test("long lists of numbers are compared in any order", () => {
  const numbers = Array.from({ length: 700 }, (_, i) => i);
  const gold = numbers.join(",");
  const reversed = [...numbers].reverse();
  assert.equal(gradeMath(gold, reversed.join(", ")).verdict, "correct");
  assert.equal(gradeMath(gold, [...reversed.slice(1), 700].join(", ")).verdict, "wrong");
});

Deno.test("differences of roots beside tiny and huge numbers are decided", () => {
  const zero = "(\\sqrt6-\\sqrt2\\sqrt3)";
  for (const size of ["-7\\cdot10^8", "-10^{11}"]) {
    const tiny = `e^{${size}}`;
    const product = [1, 2, 3, 4, 5, 6].map((n) => `(${zero}+${n}${tiny})`).join("");
    for (const text of [`${zero}+${tiny}`, product, `x+${zero}+${tiny}`]) {
      const { verdict, why } = gradeMath("7", text);
      assert.equal(verdict, "wrong", text);
      assert.doesNotMatch(why, /the grader failed/);
    }
  }
  for (
    const text of ["\\arctan(2^{10^9})", "\\sin(\\ln(-1)\\tan(10^{16/3}))", "\\ln(2^{10^9}+i)"]
  ) {
    const { verdict, why } = gradeMath(text, `(${text})+1`);
    assert.notEqual(verdict, "correct", text);
    assert.doesNotMatch(why, /the grader failed/);
  }
});

Deno.test("a formula without a value anywhere is wrong where the gold answer has values", () => {
  for (const text of ["\\frac{x}{0}", "x\\ln 0", "\\log_1 x", "\\frac{1}{x-x}", "x\\cdot 0^{-1}"]) {
    assert.equal(gradeMath("x", text).verdict, "wrong", text);
    assert.equal(gradeMath("x^2+1", text).verdict, "wrong", text);
  }
});
