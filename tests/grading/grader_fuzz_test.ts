import assert from "node:assert/strict";
import { gradeMath } from "@potstill/grading/grade_math.ts";
import { Random } from "@potstill/records/random.ts";
import { KINDS } from "./random_pairs.ts";

const PAIRS = 2_004;
const SEED = Deno.env.get("POTSTILL_FUZZ_SEED") ?? "grader";

Deno.test("of random pairs of known equality none is falsely correct, and few are refused", () => {
  const kinds = Object.entries(KINDS);
  const counts = { equal: 0, refused: [] as string[], accepted: [] as string[] };
  for (let i = 0; i < PAIRS; i++) {
    const [name, make] = kinds[i % kinds.length];
    const random = new Random(SEED).fork(`${name}/${i}`);
    const { gold, prediction, isEqual } = make(random, random.next() < 0.5);
    // Rounding is another question: here numbers are the same or they are not.
    const { verdict, why } = gradeMath(gold, prediction, { policy: "exact" });
    const line = `${name}: ${gold} | ${prediction} | ${verdict}: ${why}`;
    if (isEqual) counts.equal++;
    if (isEqual && verdict !== "correct") counts.refused.push(line);
    if (!isEqual && verdict === "correct") counts.accepted.push(line);
  }
  assert.deepEqual(counts.accepted, []);
  assert.ok(counts.equal > PAIRS / 3);
  assert.ok(
    counts.refused.length <= 0.01 * counts.equal,
    `${counts.refused.length} of ${counts.equal} refused:\n${counts.refused.join("\n")}`,
  );
});
