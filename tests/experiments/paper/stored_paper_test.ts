import assert from "node:assert/strict";
import { allFindings, storedPaper } from "@potstill";
import { systemRows, tiers } from "@potstill/experiments";

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
