import assert from "node:assert/strict";
import { Random } from "@potstill/records/random.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { learningRateAt } from "@potstill/student/train/learning_rate.ts";
import { splitBatch } from "@potstill/student/train/micro_batch.ts";
import { batchRows, packExamples } from "@potstill/student/train/packed_row.ts";
import { shareRows, trainedTokens } from "@potstill/student/train/share_rows.ts";

const random = new Random("packing");
const examples = Array.from({ length: 80 }, (_, k) => {
  const length = random.integer(1, 300);
  return {
    ids: Int32Array.from({ length }, (_, i) => 1000 * k + i),
    trained: Uint8Array.from({ length }, () => (random.chance(0.3) ? 1 : 0)),
  };
});
const rows = packExamples(examples, { rowLength: 256, seed: 7 });

Deno.test("rows hold each example once, whole up to its last trained token, without padding", () => {
  const seen = new Map<number, number>();
  for (const { ids, trained, lengths } of rows) {
    assert.equal(ids.length, trained.length);
    assert.equal(lengths.reduce((a, b) => a + b, 0), ids.length);
    assert.ok(ids.length <= 256 || lengths.length === 1);
    let at = 0;
    for (const length of lengths) {
      const k = Math.floor(ids[at] / 1000);
      seen.set(k, length);
      for (let i = 0; i < length; i++) {
        assert.equal(ids[at + i], 1000 * k + i);
        assert.equal(trained[at + i], i === 0 ? 0 : examples[k].trained[i]);
      }
      assert.equal(trained[at + length - 1], 1);
      at += length;
    }
  }
  examples.forEach(({ trained }, k) => {
    const last = trained.lastIndexOf(1);
    assert.equal(seen.get(k), last < 1 ? undefined : last + 1);
  });
});

Deno.test("the order comes from the seed alone", () => {
  const order = (seed: number) =>
    packExamples(examples, { rowLength: 256, seed }).map((row) => row.ids[0]).join();
  assert.equal(order(7), order(7));
  assert.notEqual(order(7), order(8));
});

Deno.test("a curriculum goes from low to high difficulty, at random where equal", () => {
  const difficulty = examples.map((_, k) => k % 3);
  const order = (seed: number) =>
    packExamples(examples, { rowLength: 1, seed, difficulty })
      .map((row) => Math.floor(row.ids[0] / 1000));
  const levels = order(7).map((k) => difficulty[k]);
  assert.deepEqual(levels, [...levels].sort());
  assert.notDeepEqual(order(7), order(8));
  assert.deepEqual(order(7).sort(), order(8).sort());
  assert.throws(
    () => packExamples(examples, { seed: 7, difficulty: [1] }),
    /difficulty has 1 numbers for 80/,
  );
});

Deno.test("micro-batches hold every row once; targets follow their predictors", () => {
  const batches = splitBatch(rows, 512);
  assert.deepEqual(
    batches.flatMap((batch) => [...batch.ids]),
    rows.flatMap((row) => [...row.ids]),
  );
  assert.equal(batches.reduce((n, batch) => n + batch.trainedTokens, 0), trainedTokens(rows));
  for (const batch of batches) {
    assert.ok(batch.tokens <= 512);
    assert.ok([1, 4].includes(batch.blocks));
    assert.equal(batch.blockLengths.length, batch.blocks);
    const lengths = [...batch.blockLengths].map(Number);
    assert.equal(lengths.reduce((a, b) => a + b, 0), batch.tokens);
    assert.ok(lengths.every((length) => length > 0 && length <= 256));
    let end = 0;
    lengths.forEach((length, block) => {
      const seen = Array.from(batch.starts.subarray(end, end + length), Number);
      assert.equal(Number(batch.blockKeys[block]), Math.min(...seen));
      end += length;
    });
    batch.starts.forEach((start, i) => {
      assert.equal(Number(start), i - Number(batch.positions[i]));
    });
    batch.targets.forEach((target, i) => {
      assert.equal(target, batch.ids[batch.predictors[i]] + 1);
      assert.equal(examples[Math.floor(target / 1000)].trained[target % 1000], 1);
    });
    batch.positions.forEach((position, i) => assert.equal(Number(position), batch.ids[i] % 1000));
  }
});

Deno.test("batches reach their size, and shares are even and complete", () => {
  const batches = batchRows(rows, 2000);
  assert.deepEqual(batches.flat(), rows);
  for (const batch of batches.slice(0, -1)) {
    const tokens = batch.reduce((n, row) => n + row.ids.length, 0);
    assert.ok(tokens >= 2000 && tokens - batch.at(-1)!.ids.length < 2000);
  }
  const shares = shareRows(rows, 3, studentPreset("1M", 512));
  assert.deepEqual(new Set(shares.flat()), new Set(rows));
  const sizes = shares.map((share) => share.reduce((n, row) => n + row.ids.length, 0));
  assert.ok(Math.max(...sizes) / Math.min(...sizes) < 1.1, `${sizes}`);
  assert.deepEqual(shareRows(rows.slice(0, 1), 3, studentPreset("1M", 512)).map((s) => s.length), [
    1,
    0,
    0,
  ]);
});

Deno.test("the learning rate rises linearly, then falls to its final share or stays", () => {
  const options = { learningRate: 2, warmupShare: 0.1, finalShare: 0.25 };
  const at = (step: number, schedule: "cosine" | "linear" | "constant") =>
    learningRateAt(step, 100, { ...options, schedule });
  for (const schedule of ["cosine", "linear", "constant"] as const) {
    assert.equal(at(0, schedule), 0.2);
    assert.equal(at(9, schedule), 2);
  }
  assert.ok(Math.abs(at(99, "cosine") - 0.5) < 1e-12);
  assert.ok(Math.abs(at(99, "linear") - 0.5) < 1e-12);
  assert.ok(Math.abs(at(54, "linear") - 1.25) < 1e-12);
  assert.equal(at(99, "constant"), 2);
  for (let step = 10; step < 99; step++) assert.ok(at(step, "cosine") > at(step + 1, "cosine"));
  assert.throws(() => learningRateAt(0, 9, { ...options, warmupShare: 2 }), /warmupShare/);
});
