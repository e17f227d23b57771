import assert from "node:assert/strict";
import { looksOf, runLooks } from "../../../lib/experiments/paper/looks.ts";

Deno.test("the error of 5% is shared by the looks", () => {
  assert.deepEqual(looksOf(3), { after: [3], level: 0.95 });
  const { after, level } = looksOf(6);
  assert.deepEqual(after, [3, 4, 5, 6]);
  assert.equal(level, 1 - 0.05 / 4);
  assert.throws(() => looksOf(2), /verdicts need 3 seeds, and there are 2/);
});

/** Runs with findings that are decided after the numbers of seeds given. */
async function runWith(decidedAfter: Readonly<Record<string, number>>) {
  const [ran, lines]: [number[], string[]] = [[], []];
  const { seeds } = await runLooks(looksOf(5), {
    run: (seeds) => Promise.resolve(ran.push(seeds)).then(() => seeds),
    undecided: (result, level) => {
      assert.equal(level, 1 - 0.05 / 3);
      return Object.keys(decidedAfter).filter((id) => result < decidedAfter[id]);
    },
    log: (line) => lines.push(line),
  });
  return { ran, lines, seeds };
}

Deno.test("a run ends after the first look that finds everything decided", async () => {
  assert.deepEqual(await runWith({ F1: 2, F2: 4 }), {
    ran: [3, 4],
    seeds: 4,
    lines: [
      "After 3 seeds undecided: F2",
      "After 4 seeds every finding that has runs is decided",
    ],
  });
});

Deno.test("a run ends with its last seed whatever is undecided", async () => {
  const { ran, seeds, lines } = await runWith({ F1: 9 });
  assert.deepEqual([ran, seeds, lines.length], [[3, 4, 5], 5, 2]);
});
