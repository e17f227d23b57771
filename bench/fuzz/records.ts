/**
 * Random and mutated records of other tools (`importRecord`). Ends with an error when
 * one is read wrongly, refused without words, or takes too long: see `try_record.ts`.
 *
 * deno run -A bench/fuzz/records.ts [--seconds 20] [--seed 0]
 */
import { parseArgs } from "node:util";
import { runFuzzer } from "./fuzz_parser.ts";
import { tryRecord } from "./try_record.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" } },
});
runFuzzer("records", tryRecord, values);
