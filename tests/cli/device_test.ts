import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "@potstill/cli/main.ts";
import { createSession } from "@potstill/onnx/execution_provider.ts";
import { GraphBuilder } from "@potstill/onnx/graph_builder.ts";
import { parseSettings } from "@potstill/experiments/sweep/parse_axes.ts";
import { writeJsonl } from "@potstill/runs/jsonl.ts";
import { trajectory } from "../experiments/distill/made_up_trajectory.ts";
import { withFolder } from "../generation/setup.ts";

/** Exit code and standard error of a command, run in this process. */
async function run(...args: string[]): Promise<{ code: number; err: string }> {
  const { log, error } = console;
  let err = "";
  console.log = () => {};
  console.error = (...values: unknown[]) => void (err += values.join(" ") + "\n");
  try {
    return { code: await main(args), err };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("a device is refused where nothing is computed on it", async () => {
  const device = ["--device", "webgpu"];
  const endpoint = ["--base-url", "http://127.0.0.1:1/v1", "--model", "m"];
  const evaluate = ["evaluate", "--benchmark", "lab-math", "--out", "nowhere"];
  const embeddings = ["--embeddings-url", "http://127.0.0.1:1/v1", "--embeddings-model", "m"];
  const cases: [string[], RegExp][] = [
    [[...evaluate, "--lab-expert"], /--device is for a --student: the lab's expert is a script/],
    [[...evaluate, ...endpoint], /--device is for a --student: an endpoint computes on its own/],
    [["serve", "--lab-expert"], /--device is for a --student/],
    [["index", "corpus.jsonl", "--out", "nowhere"], /--device is for an --encoder/],
    [["index", "corpus.jsonl", "--out", "nowhere", ...embeddings], /an endpoint computes on its/],
    [["retrieve", "lab", "query"], /--device is for an index with a local encoder, not for lab/],
    [["retrieve", "http://127.0.0.1:1", "query"], /not for http:\/\/127.0.0.1:1/],
    [["retrieve", "nowhere", "query", "--mode", "full-text"], /not for full text/],
    [["generate", "--benchmark", "lab-math", "--lab-expert"], /Unknown option --device/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await run(...args, ...device);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, message);
  }
});

Deno.test("an index without vectors is not searched on a device", () =>
  withFolder(async (folder) => {
    const corpus = join(folder, "corpus.jsonl");
    await writeJsonl(corpus, [{ id: "a", contents: "Chad\nIts capital is N'Djamena." }]);
    const index = join(folder, "index");
    assert.equal((await run("index", corpus, "--out", index, "--quiet")).code, 0);
    const { code, err } = await run("retrieve", index, "capital", "--device", "cuda");
    assert.equal(code, 1);
    assert.match(err, /on the device cuda: it has no vectors/);
  }));

/** True where CUDA computes. */
const hasCuda = await (async () => {
  const graph = new GraphBuilder("one");
  const x = graph.input("x", "float32", [1]);
  graph.output("y", graph.op("Add", [x, x]), "float32", [1]);
  const session = await createSession(graph.encode(), { logSeverityLevel: 4 }, "cuda")
    .catch(() => null);
  await session?.release();
  return session !== null;
})();

Deno.test("a device that is not there is told with what is missing, by every command", () =>
  withFolder(async (folder) => {
    const file = join(folder, "rows.jsonl");
    await writeJsonl(file, [{
      messages: [{ role: "user", content: "1 + 1?" }, { role: "assistant", content: "2" }],
    }]);
    const evaluate = ["evaluate", "--benchmark", "lab-math", "--limit", "1", "--student", "0.3M"];
    const train = ["train", "--student", "0.3M", "--data", file, "--steps", "1"];
    const few = [
      "--set",
      "student=0.3M",
      "--set",
      "students=agent",
      "--set",
      "systems=agent-student",
    ];
    const tasks = ["--train-tasks", "1", "--test-tasks", "1"];
    const distill = ["distill", "--student", "0.3M", "--students", "agent"];
    const sweep = [
      "sweep",
      "--over",
      "seed=0",
      ...few,
      "--set",
      "trainTasks=1",
      "--set",
      "testTasks=1",
    ];
    const taught = join(folder, "taught.jsonl");
    await writeJsonl(taught, [trajectory]);
    const improve = ["improve", "--student", "0.3M", "--train", "lab-math:1", "--rounds", "1"];
    const commands = [
      evaluate,
      train,
      [...distill, "--systems", "agent-student", ...tasks],
      sweep,
      [...improve, "--method", "sft", "--trajectories", taught],
      ["teacher", "--cot-tasks", "1", "--agent-tasks", "1", "--base-texts", "1"],
    ];
    for (const [i, args] of commands.entries()) {
      const out = join(folder, `${i}`);
      const own = args[0] === "teacher" ? ["--run", `${out}-run`] : [];
      const { code, err } = await run(...args, ...own, "--device", "cuda", "--out", out);
      assert.equal(code, hasCuda ? 0 : 1, `${args[0]}: ${err}`);
      if (!hasCuda) assert.match(err, /execution provider cuda: .* CUDA 12/, args[0]);
    }
  }));

Deno.test("int8 is refused where its products would be the processor's in silence", () =>
  withFolder(async (folder) => {
    const file = join(folder, "rows.jsonl");
    await writeJsonl(file, [{
      messages: [{ role: "user", content: "1 + 1?" }, { role: "assistant", content: "2" }],
    }]);
    const train = ["train", "--student", "0.3M", "--data", file, "--steps", "1"];
    const int8 = ["--precision", "int8", "--device", "webgpu", "--out", join(folder, "out")];
    const { code, err } = await run(...train, ...int8);
    assert.equal(code, 1);
    assert.match(err, /precision int8 is for the processor/);
  }));

Deno.test("a sweep's device is a setting, given once", () => {
  assert.deepEqual(parseSettings(["epochs=1"], "webgpu"), { epochs: 1, device: "webgpu" });
  assert.throws(() => parseSettings(["device=cpu"], "webgpu"), /--device gives it as well/);
});

Deno.test("what a sweep varies is not set as well", async () => {
  const twice = await run("sweep", "--over", "device=cpu", "--device", "webgpu");
  assert.equal(twice.code, 2);
  assert.match(twice.err, /--over device and --device both give device/);
  const set = await run("sweep", "--over", "epochs=1,2", "--set", "epochs=3");
  assert.match(set.err, /--over epochs and --set both give epochs/);
});
