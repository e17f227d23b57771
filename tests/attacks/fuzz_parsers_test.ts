import assert from "node:assert/strict";
import { fuzzParser } from "../../bench/fuzz/fuzz_parser.ts";
import { tryAction } from "../../bench/fuzz/try_action.ts";
import { tryAnswer } from "../../bench/fuzz/try_answer.ts";
import { tryRecord } from "../../bench/fuzz/try_record.ts";

const COUNT = 2_000;

const PARSERS = { actions: tryAction, answers: tryAnswer, records: tryRecord };
for (const [name, tryOne] of Object.entries(PARSERS)) {
  Deno.test(`random and mutated ${name} are read, or refused in words`, () => {
    const { inputs, faults } = fuzzParser(tryOne, { seed: `test of ${name}`, count: COUNT });
    assert.deepEqual(faults, []);
    assert.equal(inputs, COUNT);
  });
}

Deno.test("the fuzzer tells what went wrong, and of which input", () => {
  const { faults } = fuzzParser((random) => {
    if (random.chance(0.5)) throw new Error("broken");
  }, { seed: 1, count: 20 });
  assert.ok(faults.length > 0 && faults.length < 20);
  assert.match(faults[0], /^input \d+: Error: broken/);
});
