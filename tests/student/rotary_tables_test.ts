import assert from "node:assert/strict";
import { rotaryTables } from "@potstill/student/rotary_tables.ts";

// Python, with every frequency and angle rounded by struct.pack("f"), as torch keeps them.
const CASES = [
  {
    theta: 10_000,
    size: 64,
    pair: 1,
    position: 30_000,
    cos: -0.9929491281509399,
    sin: 0.11854109168052673,
  },
  {
    theta: 1e6,
    size: 64,
    pair: 5,
    position: 131_071,
    cos: 0.9391559362411499,
    sin: -0.3434910178184509,
  },
  {
    theta: 1e6,
    size: 128,
    pair: 17,
    position: 32_767,
    cos: 0.7879771590232849,
    sin: -0.6157044172286987,
  },
  {
    theta: 10_000,
    size: 16,
    pair: 0,
    position: 511,
    cos: -0.47167888283729553,
    sin: 0.8817703723907471,
  },
];

Deno.test("angles are rounded to float32, also where that is far from the exact angle", () => {
  for (const { theta, size, pair, position, cos, sin } of CASES) {
    const config = { rope_theta: theta, max_position_embeddings: position + 1 };
    const tables = rotaryTables(config, size, position + 1);
    const at = position * (size / 2) + pair;
    assert.deepEqual([tables.cos[at], tables.sin[at]], [cos, sin]);
    assert.deepEqual(tables.shape, [position + 1, size / 2]);
  }
});
