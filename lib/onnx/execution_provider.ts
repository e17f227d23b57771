import * as ort from "onnxruntime-node";

/** Hardware of onnxruntime: the processor, a GPU through WebGPU, or an Nvidia GPU. */
export type ExecutionProvider = "cpu" | "webgpu" | "cuda";

const PROVIDERS: readonly string[] = ["cpu", "webgpu", "cuda"] satisfies ExecutionProvider[];

/**
 * Creates a session on an execution provider. What a provider cannot compute runs on the processor.
 *
 * @param model its bytes, or the path of its file
 * @param provider @default "cpu"
 * @throws {RangeError} when there is no provider of that name
 * @throws {Error} when onnxruntime does not offer it on this machine, naming those it offers
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "@potstill/student";
 * import { createSession } from "@potstill/onnx/execution_provider.ts";
 * const graph = new GraphBuilder("double");
 * const x = graph.input("x", "float32", [1]);
 * graph.output("y", graph.op("Add", [x, x]), "float32", [1]);
 * const session = await createSession(graph.encode(), { intraOpNumThreads: 1 }, "cpu");
 * await session.release();
 * ```
 */
export async function createSession(
  model: Uint8Array | string,
  options: ort.InferenceSession.SessionOptions,
  provider: ExecutionProvider = "cpu",
): Promise<ort.InferenceSession> {
  checkProvider(provider);
  if (provider === "cpu") return await ort.InferenceSession.create(model as string, options);
  try {
    return await ort.InferenceSession.create(model as string, {
      // It warns of arithmetic on shapes, which is always the processor's.
      logSeverityLevel: 3,
      ...options,
      executionProviders: [provider, "cpu"],
    });
  } catch (cause) {
    throw new Error(
      `Cannot use the execution provider ${provider}: ${reason(provider, cause as Error)}; ` +
        "use cpu instead",
      { cause },
    );
  }
}

/** Checks the name of a provider. @throws {RangeError} when there is none of that name */
export function checkProvider(provider: string): asserts provider is ExecutionProvider {
  if (!PROVIDERS.includes(provider)) {
    throw new RangeError(
      `Cannot use the execution provider ${JSON.stringify(provider)}: ` +
        `there are ${PROVIDERS.join(", ")}`,
    );
  }
}

function reason(provider: ExecutionProvider, error: Error): string {
  const version = `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}`;
  if (provider === "webgpu" && /adapter/i.test(error.message)) {
    return `${version} finds no graphics adapter (on Linux it takes Vulkan)`;
  }
  if (
    provider === "cuda" &&
    /shared library|providers_(shared|cuda)|not available/i.test(error.message)
  ) {
    return `${version} finds no CUDA library of its own (libonnxruntime_providers_cuda); ` +
      "installing onnxruntime-node fetches it on Linux x64 where CUDA 12 is present";
  }
  return `${version} says: ${error.message.replace(/\s+/g, " ").slice(0, 300)}`;
}
