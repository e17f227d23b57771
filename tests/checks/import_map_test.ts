import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { ROOT } from "./check.ts";

const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

Deno.test("every path of the import map leads to a file or folder", () => {
  const paths = Object.entries<string>(imports).filter(([, path]) => path.startsWith("./"));
  assert.ok(paths.length > 6);
  assert.deepEqual(paths.filter(([, path]) => !existsSync(ROOT + path)), []);
});

Deno.test("paths of the last version give what they gave", async () => {
  const old = {
    "@potstill/benchmarks/load_benchmark.ts": "loadBenchmark",
    "@potstill/display/records_table.ts": "recordsTable",
    "@potstill/evaluation/rational.ts": "rational",
    "@potstill/filter/filter_trajectory.ts": "filterTrajectories",
    "@potstill/random/random.ts": "Random",
    "@potstill/report/frame.ts": "rowsFrame",
    "@potstill/sweep/sweep.ts": "sweep",
  };
  for (const [path, name] of Object.entries(old)) {
    assert.equal(typeof (await import(path))[name], "function", path);
  }
});
