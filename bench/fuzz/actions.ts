/**
 * Random and mutated turns of models (`parseAction` and what else reads them, `writeTurn`). Ends with an error when
 * one is read wrongly, refused without words, or takes too long: see `try_action.ts`.
 *
 * deno run -A bench/fuzz/actions.ts [--seconds 20] [--seed 0]
 */
import { parseArgs } from "node:util";
import { runFuzzer } from "./fuzz_parser.ts";
import { tryAction } from "./try_action.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" } },
});
runFuzzer("actions", tryAction, values);
