import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { loadOnnxEncoder } from "../../lib/retrieval/encoder/onnx_encoder.ts";
import { buildIndex } from "../../lib/retrieval/index/build_index.ts";
import { PASSAGES_TABLE } from "../../lib/retrieval/index/index_about.ts";
import { connectIndex } from "../../lib/retrieval/index/index_location.ts";
import { corpusSource } from "../../lib/retrieval/index/passage_source.ts";
import { openIndex } from "../../lib/retrieval/lance_index.ts";
import type { SearchHit } from "../../lib/retrieval/retriever.ts";
import { Random } from "../../lib/records/random.ts";
import { writeTinyBert } from "./tiny_bert.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const WORDS = "tree leaf bark birch aspen white capital of the is a 1 2 3".split(" ");
const BAD_LINES = [3, 149, 150, 151, 400, 799];

async function makeCorpus(folder: string): Promise<string> {
  const corpus = join(folder, "corpus");
  await mkdir(corpus);
  const lines = Array.from({ length: 800 }, (_, i) => {
    if (BAD_LINES.includes(i)) return `{"id": "p${i}", "contents": `;
    const random = new Random(`kill/${i}`);
    const text = Array.from({ length: 4 + i % 7 }, () => random.pick(WORDS)).join(" ");
    return JSON.stringify({ id: `p${i}`, contents: `Title ${i}\n${text}` });
  });
  await writeFile(join(corpus, "1.jsonl"), lines.slice(0, 500).join("\n"));
  await writeFile(join(corpus, "2.jsonl.gz"), gzipSync(lines.slice(500).join("\n") + "\n"));
  return corpus;
}

/** Everything in the table, in the order in which it is stored. */
async function contentOf(location: string): Promise<unknown[]> {
  const db = await connectIndex(location);
  const table = await db.openTable(PASSAGES_TABLE);
  const rows = await table.query().toArray();
  const content = rows.map((row) => [row.row, row.id, row.title, row.text, [...row.vector]]);
  table.close();
  db.close();
  return content;
}

async function potstill(...args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(ROOT, "lib/cli/main.ts"), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Runs the building until it tells of `passages` and kills it then. */
async function killAt(passages: number, ...args: string[]): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(ROOT, "tests/retrieval/build_until_killed.ts"), ...args],
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    const told = Math.max(0, ...[...text.matchAll(/^passages (\d+)$/gm)].map((m) => Number(m[1])));
    if (told >= passages) {
      child.kill("SIGKILL");
      break;
    }
  }
  await child.status;
  return !text.includes("complete");
}

/** The ids of the hits, without those that only just made it: (nearly) equal scores have no order. */
function settled(hits: readonly SearchHit[]): string[] {
  const last = hits.at(-1)!.score;
  return hits.filter(({ score }) => score > last + 1e-4).map(({ passage }) => passage.id).sort();
}

Deno.test("a building that is killed and resumed gives the same index", async () => {
  const folder = await mkdtemp(join(tmpdir(), "potstill-kill-"));
  const corpus = await makeCorpus(folder);
  const encoderFolder = join(folder, "encoder");
  await writeTinyBert(encoderFolder);
  const encoder = await loadOnnxEncoder(encoderFolder, { threads: 1 });
  const whole = join(folder, "whole");
  const problems: string[] = [];
  const about = await buildIndex(whole, await corpusSource([corpus]), {
    encoder,
    batchSize: 64,
    onBadRecord: "skip",
    onProblem: (problem) => problems.push(problem),
  });
  assert.equal(about.passages, 794);
  assert.equal(about.skipped, 6);
  assert.deepEqual(
    problems.map((problem) => problem.split(":")[0]),
    [
      ...[4, 150, 151, 152, 401].map((line) => `1.jsonl line ${line}`),
      "2.jsonl.gz line 300",
    ],
  );

  const killed = join(folder, "killed");
  for (const passages of [1, 150, 450]) {
    assert.ok(await killAt(passages, corpus, killed, encoderFolder), `was killed at ${passages}`);
    assert.equal(existsSync(killed), false);
  }
  const refused = await potstill("index", corpus, "-o", killed, "--encoder", encoderFolder);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /killed\.building holds an unfinished one; resume it or remove it/);
  const skip = ["--resume", "--on-bad-line", "skip"];
  const other = await potstill("index", corpus, "-o", killed, ...skip);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /Cannot resume the index .*: its encoder was \{.*, and is null now/);
  const args = ["index", corpus, "-o", killed, "--encoder", encoderFolder, ...skip];
  const resumed = await potstill(...args);
  assert.equal(resumed.code, 0, resumed.stderr);
  const { passages, skipped } = JSON.parse(resumed.stdout.trim().split("\n").at(-1)!);
  assert.deepEqual([passages, skipped], [794, 6]);
  assert.match(resumed.stderr, /Skipped 2\.jsonl\.gz line 300: /);

  assert.deepEqual(await contentOf(killed), await contentOf(whole));
  const [a, b] = await Promise.all([whole, killed].map((at) => openIndex(at, { encoder })));
  for (const query of ["white birch bark", "title 77", "the capital"]) {
    for (const mode of ["full-text", "dense"] as const) {
      const found = await a.searchBy(mode, query, 20);
      assert.ok(found.length > 5);
      assert.deepEqual(settled(await b.searchBy(mode, query, 20)), settled(found));
    }
    assert.ok((await b.searchBy("hybrid", query, 3)).length > 0);
  }
  a.close();
  b.close();
  await encoder.dispose();
});

Deno.test("potstill index ends at a malformed line, or skips and counts it, as chosen", async () => {
  const folder = await mkdtemp(join(tmpdir(), "potstill-bad-"));
  const corpus = join(folder, "c.jsonl");
  await writeFile(
    corpus,
    '{"id": 1, "text": "a tree"}\n{"id": 2, "text":\n{"id": 3, "text": "b"}\n',
  );
  const out = join(folder, "index");
  const failed = await potstill("index", corpus, "--out", out);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /Error: Cannot read the corpus: c\.jsonl line 2: .*JSON/);
  assert.equal(existsSync(out), false);
  const skipped = await potstill(
    "index",
    corpus,
    "--out",
    out,
    "--resume",
    "--on-bad-line",
    "skip",
  );
  assert.equal(skipped.code, 0, skipped.stderr);
  assert.match(skipped.stderr, /Skipped c\.jsonl line 2: /);
  assert.match(skipped.stdout, /"passages":2,"skipped":1/);
  const found = await potstill("retrieve", out, "trees", "nothing");
  assert.equal(found.code, 0, found.stderr);
  const lines = found.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines[0].result[0].document, { id: "1", contents: "a tree" });
  assert.deepEqual(lines[1], { query: "nothing", result: [] });
});
