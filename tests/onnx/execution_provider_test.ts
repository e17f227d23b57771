import assert from "node:assert/strict";
import { createSession, type ExecutionProvider } from "@potstill/onnx/execution_provider.ts";
import { GraphBuilder } from "@potstill/onnx/graph_builder.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { TrainingEngine } from "@potstill/student/train/training_engine.ts";
import { initWeights } from "@potstill/student/weights.ts";
import * as ort from "onnxruntime-node";

function double(): Uint8Array {
  const graph = new GraphBuilder("double");
  const x = graph.input("x", "float32", [2]);
  graph.output("y", graph.op("Add", [x, x]), "float32", [2]);
  return graph.encode();
}

for (const provider of ["cpu", "webgpu", "cuda"] as const) {
  Deno.test(`${provider} computes, or the error says what is missing`, async () => {
    try {
      const session = await createSession(double(), { logSeverityLevel: 4 }, provider);
      const { y } = await session.run({ x: new ort.Tensor("float32", [1, 2], [2]) });
      assert.deepEqual([...(y.data as Float32Array)], [2, 4]);
      await session.release();
    } catch (error) {
      assert.notEqual(provider, "cpu");
      const reason = provider === "cuda" ? "finds no CUDA library" : "finds no graphics adapter";
      assert.match(
        (error as Error).message,
        new RegExp(`^Cannot use the execution provider ${provider}: onnxruntime .* ${reason}`),
      );
    }
  });
}

Deno.test("a provider that does not exist gives one clear error", async () => {
  const name = "tpu" as ExecutionProvider;
  const message = /Cannot use the execution provider "tpu": there are cpu, webgpu, cuda/;
  await assert.rejects(createSession(double(), {}, name), message);
  const config = studentPreset("0.3M", 8, { hidden_size: 16, intermediate_size: 8 });
  await assert.rejects(
    TrainingEngine.create(config, initWeights(config, 1), { executionProvider: name }),
    message,
  );
});
