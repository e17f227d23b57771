import assert from "node:assert/strict";
import { fuzzCheckpoints } from "../../bench/fuzz/checkpoints.ts";

Deno.test("files of strangers, changed at random, are read or refused with a clear error", () => {
  const { cases, taken, faults } = fuzzCheckpoints({ seed: "suite", count: 400 });
  assert.deepEqual(faults, []);
  assert.equal(cases, 2000);
  // Changes that are harmless must not make everything fail, or nothing behind would be tried.
  for (const [name, count] of Object.entries(taken)) assert.ok(count >= 5, `${name}: ${count}`);
  assert.equal(Object.keys(taken).length, 5);
});
