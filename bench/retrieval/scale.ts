/**
 * Ingest rate, index size, search latency, recall of the approximate index, and peak memory.
 *
 * deno run -A bench/retrieval/scale.ts [--corpus lab|made-up] [--passages N] [--folder DIR]
 *   [--step prepare|ingest|latency|recall|settings] [--budget-s N] [--threads N]
 *
 * `settings`, which is run when it is named, tells what partitions searched and candidates compared
 * whole cost and find.
 *
 * Each step is a process of its own, so that its peak memory is its own. A step writes what it
 * measured to FOLDER/results.json; `ingest` may be cut into pieces by --budget-s and is then run
 * again until it says that it is done.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  buildIndex,
  corpusSource,
  loadLabBenchmark,
  loadWorld,
  openIndex,
  type SearchMode,
} from "@potstill";
import { contentsOf, loadOnnxEncoder, writeWordEncoder } from "@potstill/retrieval";
import { labPassages } from "@potstill/evaluation";
import { writeJsonAtomic, writeJsonl } from "@potstill/experiments";
import { MadeUpCorpus } from "./made_up_corpus.ts";
import { percentiles } from "./percentiles.ts";

const STEPS = ["prepare", "ingest", "latency", "recall"] as const;
const { values } = parseArgs({
  options: {
    corpus: { type: "string", default: "lab" },
    passages: { type: "string", default: "1000000" },
    folder: { type: "string" },
    step: { type: "string" },
    "budget-s": { type: "string", default: "0" },
    threads: { type: "string", default: "2" },
    queries: { type: "string", default: "200" },
  },
});
const isLab = values.corpus === "lab";
const count = Number(values.passages);
const name = isLab ? "lab" : `made-up-${count}`;
const root = new URL("../../data/cache/bench-retrieval/", import.meta.url).pathname;
const folder = values.folder ?? join(root, name);
const paths = {
  corpus: join(folder, "corpus.jsonl"),
  encoder: join(folder, "encoder"),
  index: join(folder, "index"),
  results: join(folder, "results.json"),
};
const madeUp = new MadeUpCorpus();

if (values.step === undefined) await runSteps();
else if (values.step === "prepare") await prepare();
else if (values.step === "ingest") await ingest();
else if (values.step === "latency") await latency();
else if (values.step === "recall") await recall();
else if (values.step === "settings") await settings();
else {
  throw new Error(`Cannot run --step ${values.step}: there are ${STEPS.join(", ")}, settings`);
}

/** All steps, each in a process of its own. */
async function runSteps(): Promise<void> {
  for (const step of STEPS) {
    for (let isDone = false; !isDone;) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", import.meta.filename!, ...Deno.args, "--step", step],
        stderr: "inherit",
      });
      const { success, stdout } = await child.output();
      if (!success) Deno.exit(1);
      const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
      console.error(`${name} ${step}: ${line}`);
      isDone = JSON.parse(line).isDone ?? true;
    }
  }
  console.log(JSON.stringify({ name, ...await results() }));
}

async function prepare(): Promise<void> {
  if (!existsSync(paths.corpus)) {
    if (isLab) {
      const rows = [...labPassages(loadWorld())]
        .map((passage) => ({ id: passage.id, contents: contentsOf(passage) }));
      await writeJsonl(paths.corpus, rows);
    } else {
      await Deno.mkdir(folder, { recursive: true });
      await madeUp.write(paths.corpus, count);
    }
  }
  if (!existsSync(join(paths.encoder, "tokenizer.json"))) {
    const sample = isLab
      ? [...labPassages(loadWorld())].map(contentsOf)
      : Array.from({ length: Math.min(count, 100_000) }, (_, i) => contentsOf(madeUp.passage(i)));
    await writeWordEncoder(paths.encoder, sample);
  }
  console.log(JSON.stringify({ corpusMiB: mebibytes((await stat(paths.corpus)).size) }));
}

/** What earlier pieces of the ingest measured is added to. */
interface IngestResult {
  readonly passages: number;
  readonly passagesS: number;
  readonly fullTextS: number;
  readonly vectorS: number;
  readonly peakMiB: number;
  readonly pieces: number;
}

async function ingest(): Promise<void> {
  const before = (await results()).ingest as IngestResult | undefined;
  if (existsSync(paths.index)) {
    console.log(JSON.stringify({ ...before, isDone: true }));
    return;
  }
  const encoder = await loadOnnxEncoder(paths.encoder, { threads: Number(values.threads) });
  const budgetMs = 1000 * Number(values["budget-s"]);
  const stop = budgetMs > 0 ? AbortSignal.timeout(budgetMs) : undefined;
  const seconds = { passages: 0, "full-text index": 0, "vector index": 0 };
  let stage: keyof typeof seconds = "passages";
  let last = performance.now();
  let passages = before?.passages ?? 0;
  const lap = () => {
    const now = performance.now();
    seconds[stage] += (now - last) / 1000;
    last = now;
  };
  let isDone = true;
  try {
    await buildIndex(paths.index, await corpusSource([paths.corpus]), {
      encoder,
      onUnfinished: "resume",
      signal: stop,
      onProgress: (progress) => {
        lap();
        stage = progress.stage;
        passages = progress.passages;
      },
    });
  } catch (error) {
    if (!stop?.aborted) throw error;
    isDone = false;
  }
  lap();
  const ingest: IngestResult = {
    passages,
    passagesS: (before?.passagesS ?? 0) + seconds.passages,
    fullTextS: (before?.fullTextS ?? 0) + seconds["full-text index"],
    vectorS: (before?.vectorS ?? 0) + seconds["vector index"],
    peakMiB: Math.max(before?.peakMiB ?? 0, await peakMiB()),
    pieces: (before?.pieces ?? 0) + 1,
  };
  const size = isDone ? { indexMiB: mebibytes(await folderBytes(paths.index)) } : {};
  await addResults({ ingest, ...size });
  console.log(JSON.stringify({ ...ingest, ...size, isDone }));
}

async function latency(): Promise<void> {
  const { index, close } = await open();
  const queries = queryTexts(Number(values.queries));
  const measured: Record<string, unknown> = {};
  for (const mode of ["full-text", "dense", "hybrid"] as const) {
    await searchAll(index, mode, queries.slice(0, 20), 4);
    for (const concurrency of [1, 16]) {
      const start = performance.now();
      const times = await searchAll(index, mode, queries, concurrency);
      const perSecond = Math.round(1000 * queries.length / (performance.now() - start));
      measured[`${mode} x${concurrency}`] = { ...percentiles(times), perSecond };
    }
  }
  const latencyPeakMiB = await peakMiB();
  await addResults({ latency: measured, latencyPeakMiB });
  console.log(JSON.stringify({ measured, latencyPeakMiB }));
  await close();
}

async function recall(): Promise<void> {
  const { index, close } = await open();
  const budgetMs = 1000 * Number(values["budget-s"]) || Infinity;
  const start = performance.now();
  const exactTimes: number[] = [];
  let found = 0;
  for (const query of queryTexts(50)) {
    if (performance.now() - start > budgetMs) break;
    const began = performance.now();
    const truth = await index.searchBy("exact", query, 10);
    exactTimes.push(performance.now() - began);
    const ids = new Set(truth.map(({ passage }) => passage.id));
    const hits = await index.searchBy("dense", query, 10);
    found += hits.filter(({ passage }) => ids.has(passage.id)).length;
  }
  const measured = {
    recallAt10: found / (10 * exactTimes.length),
    queries: exactTimes.length,
    exact: percentiles(exactTimes),
    peakMiB: await peakMiB(),
  };
  await addResults({ recall: measured });
  console.log(JSON.stringify(measured));
  await close();
}

/** Latency of dense and hybrid search and recall@10, by the two settings of the approximate index. */
async function settings(): Promise<void> {
  const { index: reference, close: closeReference } = await open();
  const asked = queryTexts(50);
  const truth: Set<string>[] = [];
  for (const query of asked) {
    const hits = await reference.searchBy("exact", query, 10);
    truth.push(new Set(hits.map(({ passage }) => passage.id)));
  }
  await closeReference();
  const queries = queryTexts(Number(values.queries));
  const rows = [];
  for (const partitionsSearched of [16, 32, 64, 128]) {
    for (const refineFactor of [5, 10, 28]) {
      const { index, close } = await open({ partitionsSearched, refineFactor });
      let found = 0;
      for (const [i, query] of asked.entries()) {
        const hits = await index.searchBy("dense", query, 10);
        found += hits.filter(({ passage }) => truth[i].has(passage.id)).length;
      }
      const row = {
        partitionsSearched,
        refineFactor,
        recallAt10: found / (10 * asked.length),
        dense: percentiles(await searchAll(index, "dense", queries, 1)),
        hybrid: percentiles(await searchAll(index, "hybrid", queries, 1)),
      };
      rows.push(row);
      console.error(JSON.stringify(row));
      await close();
    }
  }
  await addResults({ settings: rows });
  console.log(JSON.stringify({ settings: rows }));
}

async function open(options: Parameters<typeof openIndex>[1] = {}) {
  const encoder = await loadOnnxEncoder(paths.encoder, { threads: Number(values.threads) });
  const index = await openIndex(paths.index, { ...options, encoder });
  const close = async () => {
    index.close();
    await encoder.dispose();
  };
  return { index, close };
}

/** Times of all queries, of which `concurrency` are under way at once. */
async function searchAll(
  index: Awaited<ReturnType<typeof openIndex>>,
  mode: SearchMode,
  queries: readonly string[],
  concurrency: number,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < queries.length) {
      const query = queries[next++];
      const start = performance.now();
      await index.searchBy(mode, query, 3);
      times.push(performance.now() - start);
    }
  }));
  return times;
}

function queryTexts(n: number): string[] {
  if (!isLab) {
    return Array.from({ length: n }, (_, i) => {
      return madeUp.passage(Math.floor((i + 0.5) * count / n)).query;
    });
  }
  const benchmarks = ["lab-hotpotqa", "lab-2wiki"];
  return benchmarks.flatMap((benchmark) =>
    loadLabBenchmark(benchmark, { split: "test", count: Math.ceil(n / 2), seed: "scale" })
      .map(({ question }) => question)
  ).slice(0, n);
}

async function results(): Promise<Record<string, unknown>> {
  return existsSync(paths.results) ? JSON.parse(await readFile(paths.results, "utf8")) : {};
}

async function addResults(more: Readonly<Record<string, unknown>>): Promise<void> {
  await writeJsonAtomic(paths.results, { ...await results(), ...more });
}

/** The most memory that this process has had; on systems that do not tell, what it has now. */
async function peakMiB(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kibibytes = status.match(/^VmHWM:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined
    ? mebibytes(Deno.memoryUsage().rss)
    : Math.round(Number(kibibytes) / 1024);
}

async function folderBytes(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
