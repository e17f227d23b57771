/**
 * Generation against a local server that answers at once, with the code really run: agent steps a
 * second, processor time a step of each part, and memory (Linux tells those of other processes). Every part is the real one: client, step store, interpreter, trajectory files.
 * As the server answers at once, more agents than Python processes only make the processes change
 * between sessions; with a real endpoint they wait for it.
 *
 * deno run -A bench/generation/throughput.ts [--tasks 2000] [--concurrency 2] [--processes 2]
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createOpenAiModel, openProgress, openWorkbench, type Task } from "@potstill";
import { fileStepStore, resolveGenerationOptions, runGeneration } from "@potstill/experiments";
import { childProcesses, cpuMs } from "./cpu_times.ts";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "2000" },
    concurrency: { type: "string", default: "2" },
    processes: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const count = Number(values.tasks);
const concurrency = Number(values.concurrency);
const tasks = Array.from({ length: count }, (_, i): Task => ({
  id: String(i),
  benchmark: "products",
  split: "train",
  kind: "math",
  question: `What is ${17 + (i % 400)} times ${23 + i}?`,
  answer: String((17 + (i % 400)) * (23 + i)),
}));

const server = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", new URL("./instant_server.ts", import.meta.url).pathname],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const reader = server.stdout.getReader();
const baseUrl = new TextDecoder().decode((await reader.read()).value).trim();
const folder = await Deno.makeTempDir({ prefix: "potstill-bench-" });
const workbench = await openWorkbench({ search: "none", processes: Number(values.processes) });
const model = await createOpenAiModel({ baseUrl, model: "instant", probe: false, concurrency });
/** How much memory was in use after so many tasks. */
interface MemoryNote {
  readonly tasks: number;
  readonly residentMb: number;
  readonly heapMb: number;
  /** Of all interpreter processes. */
  readonly interpretersMb: number;
}
const memory: MemoryNote[] = [];
try {
  // A first few tasks start the processes.
  await run(tasks.slice(0, 8), "warm-up");
  const startedAt = performance.now();
  const before = cpuTimes();
  const part = Math.max(1, Math.floor(count / 10));
  let last = -part;
  const note = (done = model.usage.requests / 3) => {
    if (done - last < part) return;
    last = done;
    const { rss, heapUsed } = Deno.memoryUsage();
    const interpreters = childProcesses().filter(({ pid }) => pid !== server.pid);
    const now: MemoryNote = {
      tasks: Math.round(done),
      residentMb: mb(rss),
      heapMb: mb(heapUsed),
      interpretersMb: mb(interpreters.reduce((sum, one) => sum + one.residentBytes, 0)),
    };
    memory.push(now);
    console.log(
      `${String(now.tasks).padStart(7)} tasks  ${now.residentMb} MB resident, ` +
        `${now.heapMb} MB heap, ${now.interpretersMb} MB interpreters`,
    );
  };
  const watch = setInterval(() => note(), 200);
  const { tally, status } = await run(tasks, "run");
  clearInterval(watch);
  note(count);
  const seconds = (performance.now() - startedAt) / 1000;
  if (status !== "complete" || tally.correct !== count || tally.steps !== 3 * count) {
    throw new Error(`Not every task was solved: ${JSON.stringify({ status, tally })}`);
  }
  const after = cpuTimes();
  const perStep = (part: keyof typeof after) =>
    Math.round((100 * (after[part] - before[part])) / tally.steps) / 100;
  const result = {
    tasks: count,
    steps: tally.steps,
    seconds: Math.round(seconds * 10) / 10,
    stepsPerSecond: Math.round(tally.steps / seconds),
    cpuMsPerStep: {
      owner: perStep("owner"),
      interpreters: perStep("interpreters"),
      server: perStep("server"),
      all: perStep("all"),
    },
    concurrency,
    processes: Number(values.processes),
    memory,
  };
  const { owner, interpreters, server: own, all } = result.cpuMsPerStep;
  console.log(
    `${result.stepsPerSecond} agent steps a second, ${result.seconds} s in all; processor ms a ` +
      `step: ${all} (owner ${owner}, interpreters ${interpreters}, server ${own})`,
  );
  console.log(JSON.stringify(result));
} finally {
  await workbench.close();
  await reader.cancel();
  await server.stdin.close();
  await server.status;
  await Deno.remove(folder, { recursive: true });
}

async function run(these: readonly Task[], name: string) {
  return await runGeneration({
    path: join(folder, name),
    tasks: these,
    concurrency,
    usage: () => model.usage,
    progress: openProgress("silent"),
    setup: {
      options: resolveGenerationOptions({ benchmark: "products", model: "instant" }),
      model,
      modelIdentity: { prefixMode: "vllm", extraBody: {} },
      isOneByOne: false,
      bench: workbench,
      interpreterIdentity: name,
      store: fileStepStore(join(folder, "store")),
    },
  });
}

/** Processor time until now, in milliseconds. */
function cpuTimes() {
  const owner = cpuMs("self");
  const server_ = cpuMs(server.pid);
  const children = childProcesses().reduce((sum, { pid }) => sum + cpuMs(pid).own, 0);
  // Interpreter processes that have ended are among the owner's children.
  const interpreters = children + owner.children - server_.own;
  return {
    owner: owner.own,
    interpreters,
    server: server_.own,
    all: owner.own + children + owner.children,
  };
}

function mb(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
