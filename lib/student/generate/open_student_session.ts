import type * as ort from "onnxruntime-node";
import { join } from "node:path";
import { createSession } from "../../onnx/execution_provider.ts";
import { type StudentConfig, weightShapes } from "../config.ts";
import { Quantizer, type WeightType } from "../quantize/weight_type.ts";
import type { Weights } from "../weights.ts";
import { FileConstants } from "./constants.ts";
import type { StudentEngineOptions, StudentParts } from "./engine_options.ts";
import { buildStudentGraph } from "./student_graph.ts";
import { StudentSession } from "./student_session.ts";

/** Students with more numbers go through a file, which keeps their weights in memory once. */
const INLINE_NUMBERS = 16e6;

/**
 * Opens a session of a student's graph. A large student's weights are written to a temporary file for
 * the time that it takes (`TMPDIR` names another folder for it).
 *
 * @throws {RangeError} when the weights are not those of the configuration
 * @throws {Error} when the temporary file cannot be written, or the hardware is not there
 */
export async function openStudentSession(
  { config, weights }: StudentParts,
  weightType: WeightType,
  { threads, takeWeights = false, executionProvider }: Pick<
    StudentEngineOptions,
    "threads" | "takeWeights" | "executionProvider"
  >,
): Promise<StudentSession> {
  const quantizer = weightType === "float32" ? undefined : new Quantizer(weightType);
  const options: ort.InferenceSession.SessionOptions = {
    intraOpNumThreads: threads ?? navigator.hardwareConcurrency,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableMemPattern: false,
    extra: {
      session: {
        // Threads that spin between runs would take the processor from sampling and the interpreters.
        force_spinning_stop: "1",
        // Memory of the weights does not grow in powers of two.
        use_device_allocator_for_initializers: "1",
      },
    },
  };
  const open = async (model: Uint8Array | string) =>
    new StudentSession(await createSession(model, options, executionProvider), config);
  if (numbersOf(config) < INLINE_NUMBERS) {
    return await open(buildStudentGraph(config, weights, quantizer, undefined, executionProvider));
  }
  const folder = await Deno.makeTempDir({ prefix: "potstill-student-" });
  try {
    const constants = new FileConstants(folder);
    try {
      const graph = buildStudentGraph(config, weights, quantizer, constants, executionProvider);
      await Deno.writeFile(join(folder, "student.onnx"), graph);
      quantizer?.clear();
      if (takeWeights) empty(weights);
    } finally {
      constants.close();
    }
    return await open(join(folder, "student.onnx"));
  } finally {
    // What is mapped stays readable; where a mapped file cannot be removed, the system's cleaner does.
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/** Frees the numbers at once: the garbage collector would come after the session's memory is taken. */
function empty(weights: Weights): void {
  for (const { data } of weights.values()) {
    const { buffer } = data;
    if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
  }
  weights.clear();
}

function numbersOf(config: StudentConfig): number {
  let sum = 0;
  for (const shape of weightShapes(config).values()) sum += shape.reduce((a, b) => a * b, 1);
  return sum;
}
