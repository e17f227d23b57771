import * as ort from "onnxruntime-node";
import assert from "node:assert/strict";
import { attentionBlocks } from "@potstill/student/graph/attention_blocks.ts";
import { crossEntropy } from "@potstill/student/graph/cross_entropy.ts";
import { embedding, takeRows } from "@potstill/student/graph/embedding.ts";
import { linear } from "@potstill/student/graph/linear.ts";
import { packedAttention } from "@potstill/student/graph/packed_attention.ts";
import { rmsNorm } from "@potstill/student/graph/rms_norm.ts";
import { rotaryEmbedding } from "@potstill/student/graph/rotary_embedding.ts";
import { rotaryTables } from "@potstill/student/rotary_tables.ts";
import { swiglu } from "@potstill/student/graph/swiglu.ts";
import { checkGradients, type Numbers } from "./graph_check.ts";
import { attentionReference } from "./reference_qwen2.ts";

const int32 = (data: number[]) => new ort.Tensor("int32", Int32Array.from(data), [data.length]);
const int64 = (data: number[]) =>
  new ort.Tensor("int64", BigInt64Array.from(data, BigInt), [data.length]);

function multiply(x: Float64Array, w: Float64Array, n: number, k: number, m: number) {
  const y = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      for (let l = 0; l < k; l++) y[i * m + j] += x[i * k + l] * w[j * k + l];
    }
  }
  return y;
}

Deno.test("gradient of linear, with a bias", () =>
  checkGradients({
    inputs: { x: [5, 3], w: [4, 3], b: [4] },
    build: (tape, { x, w, b }) => linear(tape, x, w, { bias: b }),
    reference: ({ x, w, b }) => multiply(x, w, 5, 3, 4).map((item, i) => item + b[i % 4]),
  }));

Deno.test("gradients of a value that is used three times add up", () =>
  checkGradients({
    inputs: { x: [4, 3], w: [3, 3] },
    build: (tape, { x, w }) => linear(tape, linear(tape, x, w), w, { addTo: x }),
    reference: ({ x, w }) =>
      multiply(multiply(x, w, 4, 3, 3), w, 4, 3, 3).map((item, i) => item + x[i]),
  }));

Deno.test("gradient of rmsNorm", () =>
  checkGradients({
    inputs: { x: [6, 5], w: [5] },
    build: (tape, { x, w }) => rmsNorm(tape, x, w, { epsilon: 0.01, width: 5 }),
    reference: ({ x, w }) =>
      x.map((item, i) => {
        const row = x.subarray(i - (i % 5), i - (i % 5) + 5);
        const meanSquare = row.reduce((sum, value) => sum + value * value, 0) / 5;
        return (item * w[i % 5]) / Math.sqrt(meanSquare + 0.01);
      }),
  }));

Deno.test("gradient of swiglu", () =>
  checkGradients({
    inputs: { gate: [4, 5], up: [4, 5] },
    build: (tape, { gate, up }) => swiglu(tape, gate, up),
    reference: ({ gate, up }) => gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]),
  }));

Deno.test("gradient of embedding, with repeated ids, and of takeRows", () =>
  checkGradients({
    inputs: { table: [7, 3], w: [3, 3] },
    fixed: { ids: int32([6, 0, 6, 6, 2, 0]), rows: int32([4, 1, 2]) },
    build: (tape, { table, ids, rows, w }) =>
      takeRows(tape, linear(tape, embedding(tape, table, ids), w), rows),
    reference: ({ table, w }) => {
      const rows = [2, 0, 6].flatMap((id) => [...table.subarray(3 * id, 3 * id + 3)]);
      return multiply(Float64Array.from(rows), w, 3, 3, 3);
    },
  }));

Deno.test("gradient of crossEntropy, also where one class is all but certain", async () => {
  const targets = [1, 4, 4, 0];
  for (const factor of [1, 30]) {
    await checkGradients({
      inputs: { x: [4, 3], w: [5, 3] },
      fixed: { targets: int32(targets) },
      build: (tape, { x, w, targets }) => {
        const large = tape.graph.op("Mul", [x, tape.graph.scalar(factor)]);
        tape.record(
          [x],
          [large],
          () =>
            tape.addGradient(
              x,
              () => tape.graph.op("Mul", [tape.upstream(large), tape.graph.scalar(factor)]),
            ),
        );
        return crossEntropy(tape, linear(tape, large, w), targets);
      },
      reference: ({ x, w }) => {
        const logits = multiply(x.map((item) => factor * item), w, 4, 3, 5);
        let loss = 0;
        targets.forEach((target, row) => {
          const values = [...logits.subarray(5 * row, 5 * row + 5)];
          const top = Math.max(...values);
          const sum = values.reduce((total, value) => total + Math.exp(value - top), 0);
          loss += top + Math.log(sum) - values[target];
        });
        return [loss];
      },
    });
  }
});

Deno.test("gradient of rotaryEmbedding", () => {
  const positions = [0, 1, 2, 0, 1, 7];
  const { cos, sin } = rotaryTables({ rope_theta: 100, max_position_embeddings: 8 }, 4, 8);
  return checkGradients({
    inputs: { x: [6, 8] },
    fixed: { positions: int64(positions) },
    build: (tape, { x, positions }) =>
      rotaryEmbedding(tape, x, {
        positions,
        cos: tape.graph.initializer("cos", "float32", [8, 2], cos),
        sin: tape.graph.initializer("sin", "float32", [8, 2], sin),
        width: 8,
      }),
    reference: ({ x }) => {
      const y = x.slice();
      positions.forEach((position, token) => {
        for (const head of [0, 1]) {
          for (const i of [0, 1]) {
            const at = token * 8 + head * 4 + i;
            const angle = position / 100 ** (i / 2);
            y[at] = x[at] * Math.cos(angle) - x[at + 2] * Math.sin(angle);
            y[at + 2] = x[at + 2] * Math.cos(angle) + x[at] * Math.sin(angle);
          }
        }
      });
      return y;
    },
  });
});

Deno.test("gradient of packedAttention: several blocks and examples", async () => {
  const layouts = [
    { examples: [7], blocks: [[7, 0]] },
    { examples: [3, 4], blocks: [[7, 0]] },
    { examples: [6], blocks: [[2, 0], [3, 0], [1, 0]] },
    { examples: [3, 4, 5, 1, 2, 1], blocks: [[3, 0], [4, 3], [5, 7], [4, 12]] },
    { examples: [4, 3, 2, 5], blocks: [[2, 0], [4, 0], [4, 4], [4, 9]] },
  ];
  const shape = { heads: 4, keyValueHeads: 2, headSize: 2 };
  for (const { examples, blocks } of layouts) {
    const tokens = examples.reduce((a, b) => a + b, 0);
    let start = 0;
    const starts = examples.flatMap((length) => {
      start += length;
      return Array.from({ length }, () => start - length);
    });
    await checkGradients({
      inputs: { q: [tokens, 8], k: [tokens, 4], v: [tokens, 4] },
      fixed: {
        starts: int64(starts),
        blockLengths: int64(blocks.map(([length]) => length)),
        blockKeys: int64(blocks.map(([, key]) => key)),
      },
      build: (tape, { q, k, v, starts, blockLengths, blockKeys }) => {
        const inputs = { starts, blockLengths, blockKeys, blocks: blocks.length };
        return packedAttention(
          tape,
          q,
          k,
          v,
          { ...shape, scale: 1 / Math.sqrt(shape.headSize) },
          inputs,
          attentionBlocks(tape.graph, inputs),
        );
      },
      reference: ({ q, k, v }: Numbers) => {
        let at = 0;
        return Float64Array.from(examples.flatMap((length) => {
          const part = (x: Float64Array, width: number) =>
            x.subarray(at * width, (at + length) * width);
          const y = attentionReference(part(q, 8), part(k, 4), part(v, 4), length, shape);
          at += length;
          return [...y];
        }));
      },
    });
  }
});

Deno.test("a wrong gradient is noticed", async () => {
  await assert.rejects(
    checkGradients({
      inputs: { x: [3] },
      build: (tape, { x }) => {
        const y = tape.graph.op("Mul", [x, x]);
        tape.record([x], [y], () => tape.addGradient(x, () => tape.upstream(y)));
        return y;
      },
      reference: ({ x }) => x.map((item) => item * item),
    }),
    /dx\[\d\]: .* where .* is right/,
  );
});
