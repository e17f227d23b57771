import assert from "node:assert/strict";
import { gradeMath } from "@potstill/grading/grade_math.ts";

interface Case {
  readonly gold: string;
  readonly prediction: string;
  readonly verdict: "correct" | "wrong";
}

const cases: Case[] = Deno.readTextFileSync(new URL("near_misses.jsonl", import.meta.url))
  .split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

for (const verdict of ["correct", "wrong"] as const) {
  const title = verdict === "correct"
    ? "other forms of an answer are correct"
    : "near misses are wrong";
  Deno.test(title, () => {
    const chosen = cases.filter((c) => c.verdict === verdict);
    assert.ok(chosen.length > 200);
    const failures = chosen.flatMap(({ gold, prediction }) => {
      const grade = gradeMath(gold, prediction);
      return grade.verdict === verdict ? [] : [`${gold} | ${prediction} | ${grade.why}`];
    });
    assert.deepEqual(failures, []);
  });
}

/** Of these only the first accepts the second as its answer. */
const ONE_WAY = ["(y,x)=(3,2) | (3,2)", "7 | x+y=7", "1,2 | 1,1,2"];

Deno.test("a wrong answer is wrong in both directions", () => {
  const failures = cases.filter((c) => c.verdict === "wrong").flatMap(({ gold, prediction }) => {
    const { verdict, why } = gradeMath(prediction, gold, { policy: "exact" });
    const pair = `${prediction} | ${gold}`;
    return verdict === "correct" && !ONE_WAY.includes(pair) ? [`${pair} | ${why}`] : [];
  });
  assert.deepEqual(failures, []);
});
