import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { createSession } from "@potstill/onnx/execution_provider.ts";
import { runSession } from "@potstill/onnx/run_session.ts";
import { GraphBuilder } from "@potstill/student";

const SIZE = 384;
const ROUND_TRIPS = 20;
/** A loop that never rests looks for input each 61st time round. */
const MOST_RUNS = 50 * ROUND_TRIPS;
/** The longest that the loop's thread waits after a run until the other process has answered, in milliseconds. */
const MOST_HELD_MS = 2_000;
/** Sends each line back, and then says so in a file, which can be read without the loop. */
const ECHO = 'while IFS= read -r line; do echo "$line"; echo >> "$0"; done';

Deno.test({
  name: "what another process sends comes in while one run follows another",
  ignore: Deno.build.os === "windows",
  async fn() {
    const graph = new GraphBuilder("squares");
    const x = graph.input("x", "float32", [SIZE, SIZE]);
    graph.output("y", graph.op("MatMul", [x, x]), "float32", [SIZE, SIZE]);
    const session = await createSession(graph.encode(), { intraOpNumThreads: 1 });
    const tensor = new ort.Tensor("float32", new Float32Array(SIZE * SIZE), [SIZE, SIZE]);
    const answered = await Deno.makeTempFile();
    const child = new Deno.Command("sh", {
      ...{ args: ["-c", ECHO, answered], stdin: "piped", stdout: "piped" },
    }).spawn();
    const [writer, reader] = [child.stdin.getWriter(), child.stdout.getReader()];
    let [sent, roundTrips] = [0, 0];
    const talk = async () => {
      for (; roundTrips < ROUND_TRIPS; roundTrips++) {
        sent++;
        await writer.write(new TextEncoder().encode("x\n"));
        await reader.read();
      }
    };
    const talking = talk();
    const never = new Int32Array(new SharedArrayBuffer(4));
    let runs = 0;
    while (roundTrips < ROUND_TRIPS && runs < MOST_RUNS) {
      await runSession(session, { x: tensor });
      runs++;
      const until = performance.now() + MOST_HELD_MS;
      while (Deno.statSync(answered).size < sent && performance.now() < until) {
        Atomics.wait(never, 0, 0, 1);
      }
    }
    assert.equal(roundTrips, ROUND_TRIPS, `${roundTrips} round trips in ${runs} runs`);
    await talking;
    await writer.close();
    await reader.cancel();
    await child.status;
    await Deno.remove(answered);
    await session.release();
  },
});
