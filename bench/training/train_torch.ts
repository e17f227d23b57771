/**
 * Training speed of students next to PyTorch eager on the processor, with the same weights, batches
 * and optimizer. Rounds are paired: in each, the ceiling of plain matrix products, PyTorch and ours,
 * one after the other; ratios are taken within a round. Installs Debian's python3-torch when there is
 * no torch. The last line is JSON.
 *
 * The peer is given what is best for it: micro-batches of rows of like lengths, as many rows as were
 * fastest (`--peer-rows` tries several), logits of trained tokens only. Tokens are those of the
 * examples, without padding. That both do the same work shows in the loss of the first step.
 *
 * deno run -A bench/training/train_torch.ts [--rounds N] [--steps N] [--students 1M,4M] [--peer-rows 2,4,8]
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { StudentPreset } from "@potstill";
import {
  encodeSafetensors,
  initWeights,
  parameterCount,
  studentPreset,
  Trainer,
} from "@potstill/student";
import { installTorch, TorchPeer } from "../torch_peer.ts";
import {
  exampleBatches,
  matrixProductCeiling,
  median,
  spread,
  usefulFlops,
  VOCABULARY,
} from "../training_work.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "2" },
    students: { type: "string", default: "1M,4M" },
    threads: { type: "string", default: String(availableParallelism()) },
    "peer-rows": { type: "string", default: "2,4,8" },
  },
});
const rounds = Number(values.rounds);
const steps = Number(values.steps);
const threads = Number(values.threads);
const LEARNING_RATE = 1e-3;

interface Answer {
  readonly ms: number;
  readonly tokens: number;
  readonly losses: readonly number[];
}

const python = await installTorch();
const batches = exampleBatches();
const order = Array.from({ length: steps }, (_, i) => i % batches.length);
const { ceiling, release } = await matrixProductCeiling(threads);
const folder = await Deno.makeTempDir();
const students = [];
let torchVersion = "";
for (const name of values.students.split(",")) {
  students.push(await measure(name as StudentPreset));
}
await release();
await Deno.remove(folder, { recursive: true });

console.log(`PyTorch ${torchVersion}, ${threads} threads, ${rounds} paired rounds; median (range)`);
console.log(
  "student  tokens/s               PyTorch                ratio               ceiling, %",
);
for (const { name, ours, peer, ratios, shares } of students) {
  console.log(
    `${name.padEnd(8)} ${spread(ours).padEnd(22)} ${spread(peer).padEnd(22)} ` +
      `${spread(ratios, 2).padEnd(19)} ${spread(shares.map((share) => 100 * share), 1)}`,
  );
}
console.log(JSON.stringify({
  benchmark: "train_torch",
  torch: torchVersion,
  threads,
  rounds,
  students: students.map((student) => ({
    ...student,
    medianRatio: median(student.ratios),
    medianCeilingShare: median(student.shares),
  })),
}));

/** Paired rounds of one student. */
async function measure(name: StudentPreset) {
  const config = studentPreset(name, VOCABULARY);
  const weights = initWeights(config, 1);
  const file = join(folder, `${name}.safetensors`);
  await Deno.writeFile(file, encodeSafetensors(weights));
  const start = async (microBatchRows: number) => {
    const peer = new TorchPeer(python);
    const { torch } = await peer.ask<{ readonly torch: string }>({
      threads,
      config,
      weights: file,
      learningRate: LEARNING_RATE,
      microBatchRows,
      batches: batches.map((rows) =>
        rows.map(({ ids, trained, lengths }) => ({ ids: [...ids], trained: [...trained], lengths }))
      ),
    });
    torchVersion = torch;
    return { peer, rows: microBatchRows, first: await peer.ask<Answer>({ batches: [0] }) };
  };
  // The first steps warm both up and choose the peer's micro-batch; equal losses show that the work
  // is the same.
  const candidates = [];
  for (const rows of values["peer-rows"].split(",").map(Number)) {
    const candidate = await start(rows);
    const { ms } = await candidate.peer.ask<Answer>({ batches: [0] });
    candidates.push({ ...candidate, ms });
  }
  const best = candidates.toSorted((a, b) => a.ms - b.ms)[0];
  for (const { peer } of candidates) if (peer !== best.peer) await peer.close();
  const trainer = await Trainer.create(config, weights, { threads, learningRate: LEARNING_RATE });
  const { loss } = await trainer.step(batches[0]);
  assert.ok(Math.abs(loss / best.first.losses[0] - 1) < 1e-4, "the first losses differ");
  for (const rows of batches) await trainer.step(rows);
  const ceilings: number[] = [];
  const ours: number[] = [];
  const peer: number[] = [];
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const gflops = await ceiling();
    const answer = await best.peer.ask<Answer>({ batches: order });
    let work = 0;
    let tokens = 0;
    let ms = 0;
    for (const index of order) {
      const step = await trainer.step(batches[index]);
      work += usefulFlops(batches[index], config);
      tokens += step.tokens;
      ms += step.ms;
    }
    ceilings.push(gflops);
    peer.push((1000 * answer.tokens) / answer.ms);
    ours.push((1000 * tokens) / ms);
    shares.push(work / ms / 1e6 / gflops);
  }
  await trainer.close();
  await best.peer.close();
  const ratios = ours.map((speed, i) => speed / peer[i]);
  const parameters = parameterCount(config);
  return { name, parameters, peerRows: best.rows, ceilings, ours, peer, ratios, shares };
}
