/**
 * Random and mutated answers to questions and mathematics (`extractAnswer`, `gradeMath`, `gradeQa`). Ends with an
 * error when one throws, takes too long, is graded differently a second time, or is not equal to itself.
 *
 * deno run -A bench/fuzz/answers.ts [--seconds 20] [--seed 0]
 */
import { parseArgs } from "node:util";
import { runFuzzer } from "./fuzz_parser.ts";
import { tryAnswer } from "./try_answer.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" } },
});
runFuzzer("answers", tryAnswer, values);
