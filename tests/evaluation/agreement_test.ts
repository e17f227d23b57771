import assert from "node:assert/strict";
import { agreement } from "@potstill/evaluation/agreement.ts";
import type { Verdict } from "@potstill/records/verdict.ts";

Deno.test("agreement counts the four cells; kappa takes chance out", () => {
  const first: Verdict[] = [];
  const second: Verdict[] = [];
  const add = (a: Verdict, b: Verdict, count: number) => {
    for (let i = 0; i < count; i++) {
      first.push(a);
      second.push(b);
    }
  };
  add("correct", "correct", 20);
  add("correct", "wrong", 5);
  add("wrong", "correct", 10);
  add("wrong", "wrong", 15);
  add("unscored", "wrong", 3);
  const a = agreement(first, second);
  assert.deepEqual([a.n, a.bothCorrect, a.firstOnly, a.secondOnly, a.bothWrong, a.unscored], [
    50,
    20,
    5,
    10,
    15,
    3,
  ]);
  assert.equal(a.rate, 0.7);
  // Chance: (25 * 30 + 25 * 20) / 2500 = 0.5.
  assert.ok(Math.abs(a.kappa - 0.4) < 1e-12);
  assert.throws(() => agreement(first, []), /53 verdicts with 0/);
});
