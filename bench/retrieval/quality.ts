/**
 * Recall@3 of the gold passages of the lab's questions, by search mode: a table and a figure.
 *
 * deno run -A bench/retrieval/quality.ts [--count N] [--folder DIR] [--out DIR]
 *
 * The index and the encoder are those of `bench/retrieval/scale.ts --corpus lab`, which runs first.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadLabBenchmark, openIndex } from "@potstill";
import { type EvidenceRecall, evidenceRecall, loadOnnxEncoder } from "@potstill/retrieval";
import { recallChart, recallTable, writeFileAtomic, writeJsonAtomic } from "@potstill/experiments";

const root = new URL("../../data/cache/bench-retrieval/lab/", import.meta.url).pathname;
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    folder: { type: "string", default: root },
    out: { type: "string" },
  },
});
const out = values.out ?? join(values.folder, "quality");
const tasks = ["lab-hotpotqa", "lab-2wiki", "lab-musique", "lab-bamboogle"].flatMap((benchmark) =>
  loadLabBenchmark(benchmark, { split: "test", count: Number(values.count), seed: "retrieval" })
);
const encoder = await loadOnnxEncoder(join(values.folder, "encoder"), { threads: 2 });
const index = await openIndex(join(values.folder, "index"), { encoder });
const recalls: EvidenceRecall[] = [];
for (const mode of ["full-text", "dense", "hybrid"] as const) {
  recalls.push(...await evidenceRecall(index.withMode(mode), mode, tasks));
}
index.close();
await encoder.dispose();
const table = recallTable(recalls);
const chart = await recallChart(recalls);
await writeFileAtomic(join(out, "recall.md"), table.toMarkdown());
await writeFileAtomic(join(out, "recall.csv"), table.toCsv());
await writeFileAtomic(join(out, "recall.svg"), chart.svg);
await writeJsonAtomic(join(out, "recall.json"), recalls);
console.log(table.toText());
console.log(JSON.stringify({ recalls }));
