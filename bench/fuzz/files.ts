/**
 * Random and mutated files of corpora, benchmarks, results, trajectories and manifests. Ends with an error
 * when one is lost, read wrongly, or refused without words: see `try_file.ts`.
 *
 * deno run -A bench/fuzz/files.ts [--seconds 20] [--seed 0]
 */
import { parseArgs } from "node:util";
import { fuzzFiles } from "./fuzz_files.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" } },
});
const seconds = Number(values.seconds ?? "20");
if (!(seconds > 0)) throw new RangeError("Cannot fuzz: --seconds must be a number above 0");
const { inputs, faults } = await fuzzFiles({ seed: values.seed ?? "0", seconds });
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(JSON.stringify({ files: { inputs, faults: faults.length } }));
Deno.exit(faults.length > 0 ? 1 : 0);
