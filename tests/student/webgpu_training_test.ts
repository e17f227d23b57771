import assert from "node:assert/strict";
import type { ExecutionProvider } from "@potstill/onnx/execution_provider.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import { TrainingEngine } from "@potstill/student/train/training_engine.ts";
import { Random } from "@potstill/records/random.ts";
import { assertClose } from "./graph_check.ts";
import { smallStudent } from "./small_student.ts";
import { hasWebGpu, onProcessor, SHAPE_OPERATORS, WITHOUT_WEBGPU } from "./webgpu.ts";

const isThere = await hasWebGpu();

/** Losses, gradient norms and weights after two steps. */
async function train(executionProvider: ExecutionProvider, lora: boolean) {
  const { config, weights, tokenizer } = await smallStudent({ num_hidden_layers: 1 });
  const random = new Random("webgpu");
  const examples = [60, 40].map((length) => ({
    ids: Int32Array.from({ length }, () => random.integer(0, tokenizer.vocabSize - 1)),
    trained: Uint8Array.from({ length }, (_, i) => i % 3 === 0 ? 1 : 0),
  }));
  const rows = packExamples(examples as Parameters<typeof packExamples>[0], {
    rowLength: 256,
    seed: 1,
  });
  const engine = await TrainingEngine.create(config, weights, {
    executionProvider,
    parallelism: "operations",
    ...(lora ? { lora: { rank: 4 } } : {}),
  });
  const steps = [];
  for (let i = 0; i < 2; i++) steps.push(await engine.trainStep(rows, { learningRate: 1e-3 }));
  const trained = engine.weights();
  await engine.release();
  return { steps, weights: trained };
}

for (const lora of [false, true]) {
  Deno.test({
    name: `WebGPU trains ${lora ? "an adapter" : "all weights"} as the processor does` +
      (isThere ? "" : WITHOUT_WEBGPU),
    ignore: !isThere,
    fn: async () => {
      const cpu = await train("cpu", lora);
      let gpu: typeof cpu | undefined;
      const left = await onProcessor(async () => void (gpu = await train("webgpu", lora)));
      assert.deepEqual([...left.difference(SHAPE_OPERATORS)], []);
      for (const [i, step] of cpu.steps.entries()) {
        assertClose([gpu!.steps[i].loss], [step.loss], 1e-5, "loss");
        assertClose([gpu!.steps[i].gradNorm], [step.gradNorm], 1e-4, "gradient norm");
      }
      for (const [name, { data }] of cpu.weights) {
        assertClose(gpu!.weights.get(name)!.data, data, 2e-3, name);
      }
    },
  });
}
