import assert from "node:assert/strict";
import { allFindings, storedPaper } from "@potstill";
import { type StoredRuns, storedRuns, systemRows, tiers } from "@potstill/experiments";

Deno.test("the stored paper has its reference runs, whatever defaults have become", async () => {
  const paper = await storedPaper();
  assert.deepEqual(tiers(paper).map(({ size, cells }) => [size, cells.length]), [
    ["0.3M", 3],
    ["1M", 3],
    ["4M", 3],
  ]);
  for (const { cells } of tiers(paper)) {
    assert(systemRows(cells, "agent-student").length > 0, "no answers of agents");
  }
  assert.deepEqual(allFindings(paper).length, 14);
});

Deno.test("stored runs are asked for by name", async () => {
  await assert.rejects(storedRuns("real_labs" as StoredRuns), {
    name: "RangeError",
    message: 'No stored runs "real_labs": there are lab, lab_larger, real, real_thoughts, ' +
      "real_lab, improvement",
  });
});
