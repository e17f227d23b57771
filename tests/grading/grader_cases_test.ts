import assert from "node:assert/strict";
import { gradeMath } from "@potstill/grading/grade_math.ts";
import { gradeQa } from "@potstill/grading/grade_qa.ts";
import type { MathPolicy } from "@potstill/grading/math/policy.ts";

interface Case {
  readonly kind: "qa" | "math";
  readonly gold: string;
  readonly prediction: string;
  readonly verdict: "correct" | "wrong";
  readonly aliases?: readonly string[];
  readonly policy?: MathPolicy;
}

const cases: Case[] = Deno.readTextFileSync(new URL("grader_cases.jsonl", import.meta.url))
  .split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

Deno.test("the cases file is large and hard enough", () => {
  assert.ok(cases.length >= 300, `${cases.length} cases`);
  const wrong = cases.filter((c) => c.verdict === "wrong").length;
  assert.ok(wrong >= cases.length / 3, `${wrong} of ${cases.length} are wrong answers`);
});

for (const kind of ["math", "qa"] as const) {
  Deno.test(`every ${kind} case gets its verdict`, () => {
    const failures: string[] = [];
    for (const c of cases.filter((c) => c.kind === kind)) {
      const grade = c.kind === "qa"
        ? gradeQa(c.gold, c.prediction, { aliases: c.aliases })
        : gradeMath(c.gold, c.prediction, { policy: c.policy ?? "rounded" });
      if (grade.verdict !== c.verdict) {
        failures.push(
          `${c.gold} | ${c.prediction} | ${grade.verdict}: ${grade.why}, not ${c.verdict}`,
        );
      }
    }
    assert.deepEqual(failures, []);
  });
}

Deno.test("the default is the policy rounded", () => {
  const differing = cases.filter((c) => c.kind === "math" && c.policy === undefined)
    .filter((c) => gradeMath(c.gold, c.prediction).verdict !== c.verdict);
  assert.deepEqual(differing, []);
});

Deno.test("whole numbers are compared exactly by every policy but that of the reference", () => {
  const near = [
    ["999999", "999998"],
    ["1000000", "1000100"],
    ["74363508", "74364108"],
    ["74363508.0", "74363509"],
    ["74363508", "74363508.5"],
    ["-35520793", "-35520163"],
    ["2432902008176640000", "2432902008176639999"],
    ["12345678901234567", "12345678901234568.0"],
    ["20!", "20!+1"],
    ["\\frac{10^{9}}{2}", "500000001"],
  ] as const;
  for (const [gold, prediction] of near) {
    for (const policy of ["exact", "rounded", "tolerant"] as const) {
      assert.equal(gradeMath(gold, prediction, { policy }).verdict, "wrong", `${gold} ${policy}`);
      assert.equal(gradeMath(gold, gold, { policy }).verdict, "correct");
    }
  }
  const verdict = (gold: string, prediction: string) =>
    gradeMath(gold, prediction, { policy: "qwen2.5-math" }).verdict;
  assert.equal(verdict("74363508", "74364108"), "correct");
  assert.equal(verdict("1000000", "1000102"), "wrong");
  assert.equal(gradeMath("4375557.75", "4375558").verdict, "correct");
  assert.equal(gradeMath("4375557.75", "4375560").verdict, "wrong");
  assert.equal(gradeMath("4375557.75", "4375560", { policy: "tolerant" }).verdict, "correct");
});

Deno.test("a comparison ends, whatever the numbers", () => {
  for (
    const text of ["9^{9^{9^9}}", "\\sum_{k=1}^{1000000000} \\sin k", "(10^{9})!", "2^{10^{10}}"]
  ) {
    const start = performance.now();
    const { verdict } = gradeMath("5", text, { deadlineMs: 300 });
    assert.notEqual(verdict, "correct", text);
    assert.ok(performance.now() - start < 20_000, `${text} took ${performance.now() - start} ms`);
  }
});
