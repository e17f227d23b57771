import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { createSession } from "@potstill/onnx/execution_provider.ts";
import { runSession } from "@potstill/onnx/run_session.ts";
import { GraphBuilder } from "@potstill/student";

const SIZE = 384;
const ROUND_TRIPS = 20;
/** A loop that never rests looks for input each 61st time round. */
const MOST_RUNS = 30 * ROUND_TRIPS;

Deno.test({
  name: "what another process sends comes in while one run follows another",
  ignore: Deno.build.os === "windows",
  async fn() {
    const graph = new GraphBuilder("squares");
    const x = graph.input("x", "float32", [SIZE, SIZE]);
    graph.output("y", graph.op("MatMul", [x, x]), "float32", [SIZE, SIZE]);
    const session = await createSession(graph.encode(), { intraOpNumThreads: 1 });
    const tensor = new ort.Tensor("float32", new Float32Array(SIZE * SIZE), [SIZE, SIZE]);
    const child = new Deno.Command("cat", { stdin: "piped", stdout: "piped" }).spawn();
    const [writer, reader] = [child.stdin.getWriter(), child.stdout.getReader()];
    let roundTrips = 0;
    const talk = async () => {
      for (; roundTrips < ROUND_TRIPS; roundTrips++) {
        await writer.write(Uint8Array.of(1));
        await reader.read();
      }
    };
    const talking = talk();
    let runs = 0;
    while (roundTrips < ROUND_TRIPS && runs < MOST_RUNS) {
      await runSession(session, { x: tensor });
      runs++;
    }
    assert.equal(roundTrips, ROUND_TRIPS, `${roundTrips} round trips in ${runs} runs`);
    await talking;
    await writer.close();
    await reader.cancel();
    await child.status;
    await session.release();
  },
});
