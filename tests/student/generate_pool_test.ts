import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { Random } from "../../lib/records/random.ts";
import { headSize } from "../../lib/student/config.ts";
import { buildStudentGraph } from "../../lib/student/generate/student_graph.ts";
import { GroupPool, type PoolRow } from "../../lib/student/generate/group_pool.ts";
import type { KeyValues } from "../../lib/student/generate/key_values.ts";
import { PrefixCache } from "../../lib/student/generate/prefix_cache.ts";
import { StudentSession } from "../../lib/student/generate/student_session.ts";
import { smallStudent } from "./small_student.ts";

const { config, weights } = await smallStudent();
const session = new StudentSession(
  await ort.InferenceSession.create(buildStudentGraph(config, weights), { intraOpNumThreads: 1 }),
  config,
);
const shape = {
  layers: config.num_hidden_layers,
  heads: config.num_key_value_heads,
  size: headSize(config),
};

function randomPrefix(length: number, seed: string): KeyValues {
  const random = new Random(seed);
  const array = () =>
    Float32Array.from({ length: shape.heads * length * shape.size }, () => random.normal());
  const arrays = () => Array.from({ length: shape.layers }, array);
  return { length, keys: arrays(), values: arrays() };
}

const row = (): PoolRow => ({ lastToken: 7, suffixLength: 0 });

Deno.test("logits are the same bits in every capacity, with any slots and neighbours", async () => {
  const length = 100;
  const prefix = randomPrefix(length, "own");
  const steps = 70;
  const runs: Float32Array[][] = [];
  for (
    const [slots, capacity, before, after] of [
      [1, 128, 0, 0],
      [1, 192, 3, 2],
      [1, 256, 0, 9],
      [4, 128, 0, 0],
      [8, 512, 2, 1],
      [3, 1024, 1, 0],
    ]
  ) {
    const pool = new GroupPool<PoolRow>(session, shape, slots, capacity, config.vocab_size);
    const fill = (count: number, seed: string) => {
      for (let i = 0; i < count; i++) {
        const rows = Array.from({ length: slots }, row);
        pool.add(rows, randomPrefix(10 + 9 * i, `${seed} ${i}`));
      }
    };
    fill(before, "before");
    const own = row();
    pool.add(Array.from({ length: slots }, (_, i) => i === slots - 1 ? own : row()), prefix);
    fill(after, "after");
    const seen: Float32Array[] = [];
    for (let step = 0; step < steps; step++) {
      const { rows, logits } = await pool.step();
      const at = rows.indexOf(own) * config.vocab_size;
      seen.push(logits.slice(at, at + config.vocab_size));
      rows.forEach((r, i) => r.lastToken = r === own ? step % 50 : (i * 13 + step) % 50);
    }
    runs.push(seen);
  }
  for (const [i, run] of runs.entries()) assert.deepEqual(run, runs[0], `run ${i}`);
});

Deno.test("a group that ends leaves the others as they were", async () => {
  const follow = async (removed: readonly number[]) => {
    const pool = new GroupPool<PoolRow>(session, shape, 2, 128, config.vocab_size);
    const groups = [20, 90, 40, 70, 60].map((length, i) =>
      pool.add([row(), row()], randomPrefix(length, `group ${i}`))
    );
    const kept = groups[3].rows[1]!;
    let last: Float32Array = new Float32Array(0);
    for (let step = 0; step < 12; step++) {
      if (step === 5) {
        for (const i of removed) groups[i].rows.fill(null);
        pool.removeEnded();
        assert.equal(pool.groups.length, 5 - removed.length);
      }
      const { rows, logits } = await pool.step();
      const at = rows.indexOf(kept) * config.vocab_size;
      last = logits.slice(at, at + config.vocab_size);
      rows.forEach((r) => r.lastToken = 5 + step);
    }
    return last;
  };
  const expected = await follow([]);
  for (const removed of [[0], [4], [0, 1, 2, 4], [2, 4]]) {
    assert.deepEqual(await follow(removed), expected, `without ${removed}`);
  }
});

Deno.test("the prefix cache keeps what was used last, within its memory", () => {
  const values = (length: number): KeyValues => ({
    length,
    keys: [new Float32Array(length)],
    values: [new Float32Array(length)],
  });
  const cache = new PrefixCache(3 * 12 * 10);
  const ids = (first: number, length = 10) =>
    Int32Array.from({ length }, (_, i) => i === 0 ? first : i);
  for (const first of [1, 2, 3]) cache.add(ids(first), values(10));
  assert.equal(cache.find(ids(1, 20))?.length, 10);
  cache.add(ids(4), values(10));
  assert.equal(cache.find(ids(2)), null);
  assert.equal(cache.find(ids(1))?.length, 10);
  // A longer sequence takes the place of its own beginning.
  cache.add(ids(1, 15), values(15));
  assert.equal(cache.find(ids(1, 30))?.length, 15);
  assert.ok(cache.bytes <= 360, `${cache.bytes} bytes`);
  cache.add(ids(9, 1000), values(1000));
  assert.equal(cache.find(ids(9)), null);
  cache.clear();
  assert.equal(cache.bytes, 0);
});
