import assert from "node:assert/strict";
import { join } from "node:path";
import type { Device } from "@potstill/onnx/device.ts";
import type { ExecutionProvider } from "@potstill/onnx/execution_provider.ts";
import { loadOnnxEncoder } from "@potstill/retrieval/encoder/onnx_encoder.ts";
import { StudentEngine } from "@potstill/student/generate/student_engine.ts";
import { withFolder } from "../generation/setup.ts";
import { writeTinyBert } from "../retrieval/tiny_bert.ts";
import { assertClose } from "./graph_check.ts";
import { randomIds, smallStudent } from "./small_student.ts";
import { hasWebGpu, onProcessor, SHAPE_OPERATORS, WITHOUT_WEBGPU } from "./webgpu.ts";

const isThere = await hasWebGpu();
const name = (text: string) => text + (isThere ? "" : WITHOUT_WEBGPU);

/**
 * Samples of prompts: a greedy one, two drawn beside it (so hot that they do not repeat themselves), and a prompt
 * of which much is known.
 */
async function decode(executionProvider: ExecutionProvider) {
  const parts = await smallStudent({ num_hidden_layers: 2 });
  const engine = await StudentEngine.create(parts, { threads: 1, executionProvider });
  const prompt = randomIds(parts.tokenizer, 48, "webgpu");
  const options = { maxNewTokens: 6, logprobs: true };
  const all = await Promise.all([
    engine.generate({ ...options, prompt }),
    engine.generate({ ...options, prompt: prompt.subarray(0, 9), samples: 2, temperature: 3 }),
  ]);
  all.push(await engine.generate({ ...options, prompt: prompt.subarray(0, 40) }));
  await engine.dispose();
  return all.flatMap(({ samples }) => samples);
}

Deno.test({
  name: name("WebGPU writes the processor's tokens; only shapes stay on the processor"),
  ignore: !isThere,
  fn: async () => {
    const cpu = await decode("cpu");
    // A greedy student with fresh weights repeats its token: of prompts that end otherwise another.
    assert.ok(new Set(cpu.map(({ ids }) => ids[0])).size > 3, "all samples begin alike");
    assert.ok(
      new Set(cpu.flatMap(({ ids }) => [...ids])).size > 8,
      "the samples repeat themselves",
    );
    let gpu: typeof cpu = [];
    const left = await onProcessor(async () => void (gpu = await decode("webgpu")));
    cpu.forEach(({ ids, logprobs }, i) => {
      assert.deepEqual([...gpu[i].ids], [...ids]);
      assertClose(gpu[i].logprobs!, logprobs!, 1e-4, `sample ${i}`);
    });
    assert.ok(left.size > 0, "nothing was profiled");
    assert.deepEqual([...left.difference(SHAPE_OPERATORS)], []);
  },
});

Deno.test({
  name: name("WebGPU encodes passages as the processor does"),
  ignore: !isThere,
  fn: () =>
    withFolder(async (folder) => {
      const bert = join(folder, "bert");
      await writeTinyBert(bert);
      const encode = async (device: Device) => {
        const encoder = await loadOnnxEncoder(bert, { device });
        const vectors = await encoder.encode(["the white birch", "aspen"], "passage");
        await encoder.dispose();
        return vectors;
      };
      const cpu = await encode("cpu");
      (await encode("webgpu")).forEach((vector, i) =>
        assertClose(vector, cpu[i], 1e-5, `text ${i}`)
      );
    }),
});
