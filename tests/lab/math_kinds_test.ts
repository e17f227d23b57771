import assert from "node:assert/strict";
import { labAimeKinds } from "@potstill/lab/math/lab_aime.ts";
import { labGsmHardKinds } from "@potstill/lab/math/lab_gsm_hard.ts";
import { labMathKinds } from "@potstill/lab/math/lab_math.ts";
import { labOlymathKinds } from "@potstill/lab/math/lab_olymath.ts";
import {
  binomial,
  digitSum,
  factorise,
  gcd,
  powerModulo,
  primesUpTo,
} from "@potstill/lab/math/integers.ts";
import { mathFamily } from "@potstill/lab/math/math_family.ts";
import { mathBenchmarks } from "@potstill/lab/math/math_benchmarks.ts";
import { numberPairs } from "@potstill/lab/math/number_pairs.ts";
import { WORD_SLOTS } from "@potstill/lab/math/math_kind.ts";
import { rationalText } from "@potstill/lab/math/rational_text.ts";
import { rational } from "@potstill/grading/rational.ts";
import { drawTasks } from "@potstill/lab/question_family.ts";
import { Random } from "@potstill/records/random.ts";

const allKinds = [...labMathKinds, ...labGsmHardKinds, ...labAimeKinds, ...labOlymathKinds];

Deno.test("lab-math has at least 14 kinds with at least 6 phrasings each, of levels 2 to 5", () => {
  assert.ok(labMathKinds.length >= 14);
  for (const { name, templates } of labMathKinds) {
    assert.ok(new Set(templates).size >= 6, `${name} has ${templates.length} phrasings`);
  }
  assert.deepEqual([...new Set(labMathKinds.map(({ level }) => level))].sort(), [
    "2",
    "3",
    "4",
    "5",
  ]);
});

Deno.test("names are unique, and no phrasing is shared by two kinds", () => {
  assert.equal(new Set(allKinds.map(({ name }) => name)).size, allKinds.length);
  const templates = allKinds.flatMap((kind) => kind.templates);
  assert.equal(new Set(templates).size, templates.length);
});

Deno.test("every slot of every phrasing is drawn, and read back as it was written", () => {
  for (const kind of allKinds) {
    let numbers = null;
    for (let i = 0; numbers === null && i < 500; i++) numbers = kind.draw(new Random(i));
    assert.ok(numbers !== null, kind.name);
    for (const text of kind.templates) {
      for (const [, slot] of text.matchAll(/\{(\w+)\}/g)) {
        assert.ok(slot in numbers || slot in WORD_SLOTS, `${kind.name}: ${slot} in "${text}"`);
      }
      const one = mathFamily({ ...kind, templates: [text] });
      let draft = null;
      for (let i = 0; draft === null && i < 500; i++) draft = one.draw(new Random(i), "test");
      assert.ok(draft !== null && one.skill.recognise(draft.question) !== null, text);
    }
  }
});

Deno.test("lab-aime answers are integers from 0 to 999", () => {
  for (const task of drawn("lab-aime", "test")) {
    assert.match(task.answer, /^\d{1,3}$/, task.question);
  }
});

Deno.test("lab-gsm-hard has numbers of 5 to 9 digits and integer answers", () => {
  for (const task of drawn("lab-gsm-hard", "test")) {
    const longest = Math.max(...task.question.match(/\d+/g)!.map((number) => number.length));
    assert.ok(longest >= 5 && longest <= 9, task.question);
    assert.match(task.answer, /^-?\d+$/, task.question);
  }
});

Deno.test("number pairs are read from the text alone", () => {
  assert.deepEqual(numberPairs("Is 84 + 36 = 120, or 84?"), ["36,84", "36,120", "84,120"]);
  assert.deepEqual(numberPairs("How many divisors has 360?"), ["360"]);
  assert.deepEqual(numberPairs("Write 345 in base 7."), ["7,345"]);
  assert.deepEqual(numberPairs("Add 3, 5 and 4."), ["4,5"]);
});

Deno.test("integer functions agree with brute force", () => {
  const random = new Random("integers");
  for (let i = 0; i < 300; i++) {
    const [a, b] = [random.integer(1, 400), random.integer(1, 400)];
    const [x, y] = [BigInt(a), BigInt(b)];
    let common = 1;
    for (let d = 1; d <= a; d++) if (a % d === 0 && b % d === 0) common = d;
    assert.equal(gcd(x, y), BigInt(common));
    assert.equal(powerModulo(x, y, 97n), x ** y % 97n);
    assert.equal(digitSum(x ** 9n), [...String(x ** 9n)].reduce((s, d) => s + BigInt(d), 0n));
    assert.equal(factorise(x).reduce((product, [p, e]) => product * p ** e, 1n), x);
    assert.ok(factorise(x).every(([p]) => primesUpTo(400).includes(Number(p))));
  }
  assert.equal(primesUpTo(1000).length, 168);
  assert.equal(binomial(49n, 6n), 13983816n);
  assert.equal(binomial(4n, 6n), 0n);
});

Deno.test("fractions are written in lowest terms", () => {
  assert.equal(rationalText(rational(6n, -8n)), "-\\frac{3}{4}");
  assert.equal(rationalText(rational(10n, 5n)), "2");
  assert.equal(rationalText(rational(0n, 5n)), "0");
});

function drawn(name: string, split: "train" | "test") {
  const benchmark = mathBenchmarks.find((known) => known.name === name)!;
  return drawTasks(benchmark, { split, count: 400, seed: "kinds" });
}
