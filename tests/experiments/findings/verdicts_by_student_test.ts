import assert from "node:assert/strict";
import { verdictsByStudent } from "@potstill/experiments";
import type { IntervalCell } from "../../../lib/display/table.ts";
import { type Attempt, BENCHMARKS, first, reference, seeds } from "./synthetic_cells.ts";

/** An agent that is right on more tasks, and writes more on facts and less in mathematics. */
const agent = (right: number): Attempt => (benchmark, task, seed) => ({
  verdict: first(right)(benchmark, task, seed) === true ? "correct" : "wrong",
  completionTokens: benchmark === BENCHMARKS[0].name ? 140 : 80,
});

Deno.test("verdicts by student: the paper's figures, then each kind that has runs", () => {
  const input = (student: string, baseline: "cot-student" | "cot-rag-student") => ({
    ...{ reference, resamples: 200 },
    cells: seeds({ student }, { "agent-student": agent(24), [baseline]: first(8) }),
  });
  const few = input("4M", "cot-student");
  const table = verdictsByStudent([
    { name: "1M", input: input("1M", "cot-student") },
    { name: "4M, two seeds", input: { ...few, cells: few.cells.slice(0, 2) } },
    { name: "against CoT + RAG", input: input("1M", "cot-rag-student") },
    { name: "none", input: { cells: [], reference } },
  ]);
  const lines = (id: string) => table.rows.filter(([own]) => own === id);

  const f6 = lines("F6");
  assert.deepEqual(f6.map(([_, students]) => students), ["the paper's", "1M", "4M, two seeds"]);
  assert.deepEqual(f6.map((row) => row.slice(4)), [
    [null, null, ""],
    ["80", "3", "holds"],
    ["80", "2", "undecided"],
  ]);
  assert.match(String(f6[0][3]), /^about equal/);
  const ratio = f6[1][3] as IntervalCell;
  assert.deepEqual([ratio.estimate.toFixed(2), ratio.signed], ["1.10", false]);
  assert.ok(ratio.low <= 1.1 && ratio.high >= 1.1);

  // Where the first claimed figure has no runs, the next one that has some is shown.
  const figures = lines("F4").map(([_, students, figure]) => [students, figure]);
  assert.deepEqual(figures, [
    ["1M", "margin over CoT: out-of-domain − in-domain"],
    ["4M, two seeds", "margin over CoT: out-of-domain − in-domain"],
    ["against CoT + RAG", "margin over CoT + RAG: out-of-domain − in-domain"],
  ]);
  assert.equal((lines("F4")[0][3] as IntervalCell).signed, true);
  assert.deepEqual(lines("F2"), [], "no run says anything of F2");
});
