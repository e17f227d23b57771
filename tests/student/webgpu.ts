import * as ort from "onnxruntime-node";
import { createSession } from "@potstill/onnx/execution_provider.ts";
import { GraphBuilder } from "@potstill/onnx/graph_builder.ts";

/** True if onnxruntime finds a graphics adapter; a software one will do. */
export async function hasWebGpu(): Promise<boolean> {
  const graph = new GraphBuilder("none");
  const x = graph.input("x", "float32", [1]);
  graph.output("y", graph.op("Neg", [x]), "float32", [1]);
  try {
    const session = await createSession(graph.encode(), { logSeverityLevel: 4 }, "webgpu");
    await session.run({ x: new ort.Tensor("float32", [1], [1]) });
    await session.release();
    return true;
  } catch {
    return false;
  }
}

/** Put behind the name of a test that needs a graphics adapter, where there is none. */
export const WITHOUT_WEBGPU = " (skipped: onnxruntime finds no graphics adapter)";

/**
 * Operators that sessions of `work` ran on the processor although they were opened for another
 * provider, as onnxruntime's profile has it.
 */
export async function onProcessor(work: () => Promise<void>): Promise<Set<string>> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-profile-" });
  const own = ort.InferenceSession as { create: unknown };
  const { create } = own;
  own.create = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions = {}) => {
    const isElsewhere = options.executionProviders !== undefined;
    const session: ort.InferenceSession = await (create as typeof ort.InferenceSession.create).call(
      ort.InferenceSession,
      model,
      isElsewhere
        ? { ...options, enableProfiling: true, profileFilePrefix: `${folder}/ops` }
        : options,
    );
    const { release } = session;
    session.release = () => {
      if (isElsewhere) session.endProfiling();
      return release.call(session);
    };
    return session;
  };
  try {
    await work();
  } finally {
    own.create = create;
  }
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) {
    const events = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    for (const { args } of events) {
      if (args?.provider === "CPUExecutionProvider") found.add(args.op_name);
    }
  }
  await Deno.remove(folder, { recursive: true });
  return found;
}

/** Arithmetic on shapes and places, of a few numbers each, which onnxruntime keeps on the processor. */
export const SHAPE_OPERATORS: ReadonlySet<string> = new Set(
  ("Add Concat ConstantOfShape GreaterOrEqual LessOrEqual Mul Range Reshape Shape Slice Split " +
    "Squeeze Unsqueeze").split(" "),
);
