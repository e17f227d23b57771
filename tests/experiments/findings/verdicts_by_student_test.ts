import assert from "node:assert/strict";
import { verdictsByStudent } from "@potstill/experiments";
import { first, reference, seeds } from "./synthetic_cells.ts";

Deno.test("verdicts by student: the paper's figures, then each kind that has runs", () => {
  const input = (student: string, agent: number, cot: number) => ({
    ...{ reference, resamples: 200 },
    cells: seeds({ student }, { "agent-student": first(agent), "cot-student": first(cot) }),
  });
  const few = input("4M", 20, 4);
  const table = verdictsByStudent([
    { name: "1M", input: input("1M", 24, 8) },
    { name: "4M, two seeds", input: { ...few, cells: few.cells.slice(0, 2) } },
    { name: "none", input: { cells: [], reference } },
  ]);
  const f6 = table.rows.filter(([id]) => id === "F6");
  assert.deepEqual(f6.map(([_, students]) => students), ["the paper's", "1M", "4M, two seeds"]);
  assert.deepEqual(f6.map((row) => row.slice(4, 7)), [
    [null, null, ""],
    ["80", "3", "undecided"],
    ["80", "2", "undecided"],
  ]);
  assert.equal(f6[0][3], "about 100%");
  const f4 = table.rows.filter(([id]) => id === "F4");
  assert.deepEqual(f4.map(([_, students]) => students), ["1M", "4M, two seeds"]);
  assert.equal(table.rows.find(([id]) => id === "F2"), undefined, "no run says anything of F2");
});
