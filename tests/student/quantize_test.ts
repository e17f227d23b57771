import assert from "node:assert/strict";
import { Random } from "../../lib/records/random.ts";
import { StudentEngine } from "../../lib/student/generate/student_engine.ts";
import {
  BLOCK_SIZE,
  dequantized,
  quantizeBlocks,
  type QuantizedBits,
} from "../../lib/student/quantize/quantize_blocks.ts";
import type { WeightType } from "../../lib/student/quantize/weight_type.ts";
import type { Weights } from "../../lib/student/weights.ts";
import { randomIds, smallStudent } from "./small_student.ts";

for (const bits of [8, 4] as const) {
  Deno.test(`${bits}-bit codes are within half a step, also in rows that do not fill blocks`, () => {
    const random = new Random("matrix");
    const [rows, columns] = [5, 80];
    const data = Float32Array.from({ length: rows * columns }, () => random.normal());
    data.fill(0, 0, 32);
    const matrix = quantizeBlocks({ shape: [rows, columns], data }, bits);
    assert.equal(matrix.codes.length, rows * 3 * BLOCK_SIZE * bits / 8);
    const back = dequantized(matrix);
    for (let i = 0; i < data.length; i++) {
      const block = Math.floor(i / columns) * matrix.blocks +
        Math.floor((i % columns) / BLOCK_SIZE);
      const step = Math.abs(matrix.scales[block]);
      // A 4-bit code has no step for the far end of the shorter side.
      const most = bits === 8 ? 0.5001 * step : 1.0001 * step;
      assert.ok(Math.abs(back[i] - data[i]) <= most, `${i}: ${data[i]} became ${back[i]}`);
    }
    assert.ok(back.subarray(0, 32).every((x) => x === 0));
    data[7] = Infinity;
    assert.throws(() => quantizeBlocks({ shape: [rows, columns], data }, bits), /row 0/);
    assert.throws(() => quantizeBlocks({ shape: [400], data }, bits), /\[400\]: it is no matrix/);
  });
}

const student = await smallStudent();
const ids = randomIds(student.tokenizer, 300, "quantize");

async function logprobs(weightType: WeightType, weights = student.weights): Promise<Float32Array> {
  const engine = await StudentEngine.create({ ...student, weights }, { threads: 1, weightType });
  try {
    return await engine.sequenceLogprobs(ids);
  } finally {
    await engine.dispose();
  }
}

/** The weights as a type holds them, in float32. */
function rounded(bitsOf: (name: string) => QuantizedBits): Weights {
  return new Map([...student.weights].map(([name, weight]) => {
    if (weight.shape.length === 1) return [name, weight];
    return [name, { ...weight, data: dequantized(quantizeBlocks(weight, bitsOf(name))) }];
  }));
}

const meanDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, x, i) => sum + Math.abs(x - b[i]), 0) / a.length;

Deno.test("a quantized student computes with the rounded weights", async () => {
  const exact = await logprobs("float32");
  for (const type of ["int8", "int4"] as const) {
    const got = await logprobs(type);
    const outer = (name: string) => type === "int8" || name.includes("embed");
    const wanted = await logprobs("float32", rounded((name) => outer(name) ? 8 : 4));
    const fromRounded = meanDifference(got, wanted);
    const fromExact = meanDifference(got, exact);
    // What is left is the rounding of activations.
    assert.ok(fromRounded < 0.15, `${type}: ${fromRounded}`);
    if (type === "int4") assert.ok(fromRounded < fromExact / 3, `${fromRounded} of ${fromExact}`);
    else assert.ok(fromExact < 0.15, `${fromExact}`);
  }
});

Deno.test("samples of a quantized student do not depend on what else runs", async () => {
  for (const weightType of ["int8", "int4"] as const) {
    const engine = await StudentEngine.create(student, { threads: 1, weightType });
    try {
      const request = { prompt: ids, temperature: 1, maxNewTokens: 24, seed: "s" };
      const eight = await engine.generate({ ...request, samples: 8 });
      const [two, other] = await Promise.all([
        engine.generate({ ...request, samples: 2 }),
        engine.generate({ ...request, prompt: ids.subarray(0, 90), samples: 3 }),
      ]);
      assert.deepEqual(two.samples, eight.samples.slice(0, 2));
      const alone = await engine.generate({ ...request, prompt: ids.subarray(0, 90), samples: 3 });
      assert.deepEqual(other.samples, alone.samples);
    } finally {
      await engine.dispose();
    }
  }
});

Deno.test("an unknown weight type is named", async () => {
  const weightType = "int2" as WeightType;
  await assert.rejects(StudentEngine.create(student, { weightType }), /weightType .* is int2/);
});
