import type * as ort from "onnxruntime-node";

/** Longest time for which computing may hold back what others send, in milliseconds. */
const MAX_HELD_MS = 2;
/** The same on a busy machine, where the loop may find the other thread's work done and not rest. */
const MAX_BUSY_MS = 50;
const NOTHING = new Uint8Array(0);
let lookedAt = 0;
let restedAt = 0;

/**
 * Runs a graph, and lets the event loop look for what other processes, servers and signals sent.
 * onnxruntime computes on the loop's own thread; while one run follows another the loop never rests,
 * and a loop that does not rest looks for input only now and then (each 61st time round).
 *
 * @param feeds tensors by name
 * @param fetches names of the outputs, or tensors that they are written to. @default all outputs
 * @returns the outputs by name
 * @throws {Error} when onnxruntime fails
 * @source https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html#method.event_interval
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "@potstill/student";
 * import { createSession } from "@potstill/onnx/execution_provider.ts";
 * import { runSession } from "@potstill/onnx/run_session.ts";
 * import * as ort from "onnxruntime-node";
 * const graph = new GraphBuilder("double");
 * const x = graph.input("x", "float32", [1]);
 * graph.output("y", graph.op("Add", [x, x]), "float32", [1]);
 * const session = await createSession(graph.encode(), { intraOpNumThreads: 1 });
 * const { y } = await runSession(session, { x: new ort.Tensor("float32", [3], [1]) });
 * if (y.data[0] !== 6) throw new Error("not doubled");
 * await session.release();
 * ```
 */
export async function runSession(
  session: ort.InferenceSession,
  feeds: ort.InferenceSession.FeedsType,
  fetches?: ort.InferenceSession.FetchesType,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const outputs = fetches === undefined
    ? await session.run(feeds)
    : await session.run(feeds, fetches);
  const now = performance.now();
  if (now - restedAt >= MAX_BUSY_MS) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    lookedAt = restedAt = performance.now();
  } else if (now - lookedAt >= MAX_HELD_MS) {
    // Work of another thread: until it is done the loop has nothing to do, and rests.
    await crypto.subtle.digest("SHA-256", NOTHING);
    lookedAt = performance.now();
  }
  return outputs;
}
