/**
 * Training speed and memory of a real model (SmolLM2-135M-Instruct) in float32 and int8, next to
 * PyTorch eager and torch.compile as users of transformers and PEFT run them. Rows are 300 to 500
 * tokens of this project's documents, 35% of them trained. Rounds are paired: each contender takes the
 * same step, one after the other; ratios are taken within a round. Tokens are those of the rows,
 * without padding. All begin with the same weights, and the losses of the first step must agree.
 *
 * Needs a model (`--model`, a GGUF file or Hugging Face folder) and, for the peers, a Python with torch,
 * transformers and PEFT in POTSTILL_PYTHON; without them it is skipped and says so. The last line is
 * JSON.
 *
 * deno run -A bench/training/real_size.ts --model smollm2.gguf [--adaptation full,lora] [--rounds N]
 *   [--contenders float32,int8,eager,compile] [--peer-rows 1,2,5]
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadStudent, Random, saveStudent } from "@potstill";
import { openStartingStudent, packExamples, Trainer } from "@potstill/student";
import { peakBytes } from "../peak_bytes.ts";
import { findTorch, TorchPeer } from "../torch_peer.ts";
import { matrixProductCeiling, median, spread, usefulFlops } from "../training_work.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    adaptation: { type: "string", default: "full,lora" },
    contenders: { type: "string", default: "float32,int8,eager,compile" },
    rounds: { type: "string", default: "3" },
    "peer-rows": { type: "string", default: "1,2,5" },
    threads: { type: "string", default: String(availableParallelism()) },
    rank: { type: "string", default: "16" },
    serve: { type: "boolean", default: false },
  },
});
const threads = Number(values.threads);
const LEARNING_RATE = 1e-5;
/** Rows of a step. */
const STEP = 5;

interface Row {
  readonly ids: readonly number[];
  readonly trained: readonly number[];
}

interface Answer {
  readonly ms: number;
  readonly loss: number;
  readonly tokens: number;
  readonly peakBytes: number;
}

interface Setup {
  readonly folder: string;
  readonly adaptation: string;
  readonly rank: number;
  readonly alpha: number;
  readonly threads: number;
  readonly learning_rate: number;
  readonly compile: boolean;
  readonly precision: "float32" | "int8";
  readonly micro_batch_rows: number;
  readonly rows: readonly Row[];
}

if (values.serve) {
  await serve();
  Deno.exit(0);
}
if (values.model === undefined) {
  console.log("skipped: no model; name a GGUF file or a folder in --model");
  Deno.exit(0);
}
const start = await openStartingStudent(values.model);
const { config, tokenizer } = start;
const folder = await Deno.makeTempDir();
await saveStudent(folder, { config, weights: start.weights, tokenizer }, { onnx: false });
const rows = await textRows();
const rounds = Number(values.rounds);
const python = await findTorch();
const results = [];
for (const adaptation of values.adaptation.split(",")) results.push(await measure(adaptation));
await Deno.remove(folder, { recursive: true });
console.log(JSON.stringify({ benchmark: "real_size", threads, rounds, results }));

async function measure(adaptation: string) {
  const contenders = [];
  let eager = "";
  for (const name of values.contenders.split(",")) {
    const isPeer = name === "eager" || name === "compile";
    if (isPeer && python === null) {
      console.log(`skipped ${name}: no Python with torch in POTSTILL_PYTHON`);
      continue;
    }
    let best:
      | {
        readonly process: TorchPeer;
        readonly size: string;
        readonly first: Answer;
        readonly ms: number;
        readonly versions: Record<string, string>;
      }
      | undefined;
    const sizes = isPeer ? (eager === "" ? values["peer-rows"] : eager).split(",") : ["0"];
    for (const size of sizes) {
      const process = isPeer
        ? new TorchPeer(python!, [
          fileURLToPath(new URL("../peers/torch_real.py", import.meta.url)),
        ])
        : new TorchPeer(Deno.execPath(), ["run", "-A", import.meta.filename!, "--serve"]);
      try {
        const versions = await process.ask<Record<string, string>>(
          {
            folder,
            adaptation,
            rank: Number(values.rank),
            alpha: 2 * Number(values.rank),
            threads,
            learning_rate: LEARNING_RATE,
            compile: name === "compile",
            precision: name === "int8" ? "int8" : "float32",
            micro_batch_rows: Number(size),
            rows,
          } satisfies Setup,
        );
        const first = await process.ask<Answer>({ rows: step(0) });
        const { ms } = sizes.length > 1 ? await process.ask<Answer>({ rows: step(0) }) : first;
        // The slower one ends at once: two of them and the other contenders may not fit in memory.
        const slower: TorchPeer | undefined = best !== undefined && best.ms <= ms
          ? process
          : best?.process;
        if (slower !== process) best = { process, size, first, ms, versions };
        await slower?.close();
      } catch (error) {
        console.log(`skipped ${name}: ${(error as Error).message}`);
      }
    }
    if (best === undefined) continue;
    if (name === "eager") eager = best.size;
    contenders.push({ name, ...best, speeds: [] as number[], peak: 0 });
  }
  const loss = contenders[0].first.loss;
  for (const { name, first } of contenders) {
    const limit = name === "int8" ? 0.05 : 1e-3;
    assert.ok(
      Math.abs(first.loss / loss - 1) < limit,
      `${name}: first loss ${first.loss}, not ${loss}`,
    );
  }
  const { ceiling, release } = await matrixProductCeiling(threads);
  const ceilings: number[] = [];
  const shares: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const gflops = await ceiling();
    ceilings.push(gflops);
    for (const contender of contenders) {
      const answer = await contender.process.ask<Answer>({ rows: step(round) });
      contender.speeds.push((1000 * answer.tokens) / answer.ms);
      contender.peak = answer.peakBytes;
      if (contender.name === "float32") {
        shares.push(usefulWork(adaptation, step(round)) / answer.ms / 1e6 / gflops);
      }
    }
  }
  await release();
  for (const { process } of contenders) await process.close();
  const peer = contenders.find(({ name }) => name === "eager");
  console.log(`\n${adaptation}: ceiling ${spread(ceilings)} GFLOPS, ${rounds} paired rounds`);
  console.log("contender   tokens/s               ratio to eager      peak memory, GB");
  const table = contenders.map(({ name, size, speeds, peak, first, versions }) => {
    const ratios = peer ? speeds.map((speed, i) => speed / peer.speeds[i]) : [];
    console.log(
      `${name.padEnd(11)} ${spread(speeds).padEnd(22)} ` +
        `${(peer ? spread(ratios, 2) : "-").padEnd(19)} ${(peak / 1e9).toFixed(1)}` +
        (size === "0" ? "" : `  (micro-batches of ${size} rows, torch ${versions.torch})`),
    );
    const more = peer ? { ratios, medianRatio: median(ratios) } : {};
    return { name, rows: Number(size), speeds, ...more, peakBytes: peak, firstLoss: first.loss };
  });
  if (shares.length > 0) {
    console.log(`float32: ${spread(shares.map((share) => 100 * share), 1)}% of the ceiling`);
  }
  return { adaptation, ceilings, ceilingShares: shares, contenders: table };
}

/** Rows of step `round`; there are enough for a few, then they come again. */
function step(round: number): number[] {
  return Array.from({ length: STEP }, (_, i) => (round * STEP + i) % rows.length);
}

/** What a step has to compute: with an adapter no gradients of weights. */
function usefulWork(adaptation: string, names: readonly number[]): number {
  const packed = names.map((name) => {
    const { ids, trained } = rows[name];
    return {
      ids: Int32Array.from(ids),
      trained: Uint8Array.from(trained),
      lengths: [ids.length],
    };
  });
  return usefulFlops(packed, config) * (adaptation === "lora" ? 2 / 3 : 1);
}

/** Rows of 300 to 500 tokens of the project's documents; runs of 35 among 100 tokens are trained. */
async function textRows(): Promise<Row[]> {
  const docs = new URL("../../docs/", import.meta.url);
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(docs)) {
    if (name.endsWith(".md")) texts.push(await Deno.readTextFile(new URL(name, docs)));
  }
  const all = tokenizer.encode(texts.sort().join("\n").slice(0, 60_000));
  const random = new Random("real-size");
  const rows: Row[] = [];
  for (let at = 0; rows.length < 4 * STEP;) {
    const length = random.integer(300, 500);
    const ids = [...all.slice(at, at + length)];
    const trained = ids.map((_, i) => (i % 100 >= 65 ? 1 : 0));
    trained[length - 1] = 1;
    rows.push({ ids, trained });
    at += length;
  }
  return rows;
}

/** One of ours, spoken to as the peers are. */
async function serve(): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let text = "";
  let trainer: Trainer | null = null;
  let rows: readonly Row[] = [];
  const answer = (value: unknown) => console.log(JSON.stringify(value));
  for await (const part of lines) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const question = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      if (trainer === null) {
        const setup = question as Setup;
        rows = setup.rows;
        const { config, weights } = await loadStudent(setup.folder);
        const { rank, alpha, precision } = setup;
        trainer = await Trainer.create(config, weights, {
          threads: setup.threads,
          learningRate: setup.learning_rate,
          lora: setup.adaptation === "lora" ? { rank, alpha, dropout: 0 } : null,
          precision,
          moveWeights: true,
        });
        answer({});
        continue;
      }
      const examples = (question.rows as number[]).map((name) => ({
        ids: Int32Array.from(rows[name].ids),
        trained: Uint8Array.from(rows[name].trained),
      }));
      const { ms, loss, tokens } = await trainer.step(packExamples(examples, { seed: 1 }));
      answer({ ms, loss, tokens, peakBytes: peakBytes() });
    }
  }
  await trainer?.close();
}
