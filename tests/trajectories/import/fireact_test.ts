import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { readTokenizer } from "@potstill/student/read_tokenizer.ts";
import { loadBenchmark } from "@potstill/tasks/load_benchmark.ts";
import { writeExport } from "@potstill/training_data/formats/write_export.ts";
import { findData, templateFor, verifyFiles } from "@potstill/training_data/masks/verify_files.ts";
import { filterTrajectories } from "@potstill/trajectories/filter_trajectories.ts";
import { importFiles } from "@potstill/trajectories/import/import_files.ts";
import { loadTrajectories } from "@potstill/trajectories/load_trajectories.ts";
import { questionLeaks } from "@potstill/trajectories/question_leaks.ts";

const shared = new URL("../../../../shared/data/", import.meta.url).pathname;
const react = join(shared, "real", "fireact_hotpotqa_react.json");
const paper = join(shared, "benchmarks", "hotpotqa_1000_20250402.json");
const model = join(env.POTSTILL_MODELS ?? "", "smollm2.gguf");

Deno.test({
  name: "FireAct's traces are imported, filtered, found in the paper's training split, exported",
  ignore: !existsSync(react) || !existsSync(paper),
  fn: async () => {
    const folder = mkdtempSync(join(tmpdir(), "potstill-fireact-"));
    try {
      const out = join(folder, "run");
      const { forms } = await importFiles({ files: [react], out, benchmark: "hotpotqa" });
      assert.deepEqual(forms, { react: 499, "react-answer": 1 });
      const loaded = await loadTrajectories(join(out, "trajectories", "agent.jsonl"));
      const { trajectories } = loaded;
      assert.equal(filterTrajectories(trajectories).kept.length, 499);
      const leaks = questionLeaks(
        trajectories.map(({ task }) => task),
        (await loadBenchmark(paper)).tasks,
      );
      assert.equal(leaks.length, 64);
      const exported = join(folder, "export");
      const { kept } = await writeExport(loaded, { to: "trl", out: exported });
      assert.equal(kept, 499);
      if (!existsSync(model)) {
        return console.log("masks are not verified: POTSTILL_MODELS is not set");
      }
      const tokenizer = await readTokenizer(model);
      const { files, template } = await findData(exported);
      const summary = await verifyFiles(tokenizer, templateFor(tokenizer, template), files, {
        maxTokens: 10_240,
      });
      assert.equal(summary.rows, 499);
      assert.deepEqual(summary.findings, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});
