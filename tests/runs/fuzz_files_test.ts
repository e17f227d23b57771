import assert from "node:assert/strict";
import { fuzzFiles } from "../../bench/fuzz/fuzz_files.ts";

Deno.test("mutated corpora, benchmarks, results, trajectories and manifests are read or refused", async () => {
  const { inputs, faults } = await fuzzFiles({ seed: "tests", count: 200 });
  assert.deepEqual(faults, []);
  assert.equal(inputs, 7 * 200);
});
