/**
 * Attempts of a student per second: its own tokens kept, in one process, against the same attempts
 * through the kit's HTTP server in another process, in turns. With --memory the attempts are made in
 * one process until there are so many, and its resident memory is printed on the way: it has to stay
 * flat.
 *
 * deno run -A bench/improvement/rollouts.ts [--student FOLDER] [--way both|direct|server] [--rounds 1]
 * [--tasks 64] [--attempts 8] [--max-new-tokens 160] [--processes 2] [--memory N] [--json]
 */
import { parseArgs } from "node:util";
import {
  createOpenAiModel,
  createStudentModel,
  loadLabBenchmark,
  openWorkbench,
  type Task,
} from "@potstill";
import { makeRollouts } from "@potstill/experiments";
import { spread } from "../spread.ts";

const { values } = parseArgs({
  options: {
    student: { type: "string", default: "1M" },
    way: { type: "string", default: "both" },
    rounds: { type: "string", default: "1" },
    tasks: { type: "string", default: "64" },
    attempts: { type: "string", default: "8" },
    "max-new-tokens": { type: "string", default: "160" },
    processes: { type: "string", default: "2" },
    memory: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [rounds, tasks, attempts, maxNewTokens] = [
  values.rounds,
  values.tasks,
  values.attempts,
  values["max-new-tokens"],
].map(Number);
const CONCURRENCY = 64;
const WAYS = ["direct", "server"] as const;
type Way = typeof WAYS[number];
const half = Math.ceil(tasks / 2);
const chosen = [
  ...loadLabBenchmark("lab-hotpotqa", { split: "train", count: half, seed: 0 }),
  ...loadLabBenchmark("lab-math", { split: "train", count: tasks - half, seed: 0 }),
];
const bench = await openWorkbench({ search: "lab", processes: Number(values.processes) });
const result = values.memory === undefined ? await compare() : await memory(Number(values.memory));
await bench.close();
if (values.json) console.log(JSON.stringify(result));

async function compare() {
  const perSecond: Record<Way, number[]> = { direct: [], server: [] };
  const ways = WAYS.filter((way) => values.way === "both" || values.way === way);
  for (let round = 1; round <= rounds; round++) {
    for (const way of ways) {
      const speed = await (way === "direct" ? directly(round) : throughServer(round));
      perSecond[way].push(speed);
      console.log(`round ${round}, ${way}: ${speed.toFixed(2)} attempts/s`);
    }
  }
  return Object.fromEntries(ways.map((way) => [way, spread(perSecond[way])]));
}

/** Attempts per second with their tokens, of a student in this process. */
async function directly(round: number): Promise<number> {
  const student = await createStudentModel(values.student);
  const speed = await attemptsPerSecond((tasks, attempts) =>
    makeRollouts({
      student,
      bench,
      tasks,
      attempts,
      concurrency: CONCURRENCY,
      seed: round,
      options: { maxNewTokens },
    })
  );
  await student.dispose();
  return speed;
}

/** The same without tokens, of a student behind a server in another process. */
async function throughServer(round: number): Promise<number> {
  const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  const args = ["run", "-A", main, "serve", "--student", values.student, "--port", "0"];
  const server = new Deno.Command(Deno.execPath(), {
    args: [...args, "--concurrency", String(CONCURRENCY)],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/Serving \S+ at \S+\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot serve ${values.student}: the server ended`);
    text += value;
  }
  const [, id, baseUrl] = /Serving (\S+) at (\S+)\n/.exec(text)!;
  try {
    const model = await createOpenAiModel({ baseUrl, model: id });
    const how = { temperature: 1, topP: 1, maxNewTokens, systemPrompt: "short" } as const;
    return await attemptsPerSecond(async (tasks, attempts) => {
      const items = tasks.flatMap((task) =>
        Array.from({ length: attempts }, (_, sample) => ({ task, sample }))
      );
      let next = 0;
      const agent = async () => {
        while (next < items.length) {
          const { task, sample } = items[next++];
          await bench.solve(model, task, { ...how, seed: 1000 * round + sample, sample });
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, agent));
    });
  } finally {
    server.kill("SIGINT");
    await reader.cancel();
    await server.status;
  }
}

/** Speed of all attempts together, after a short warm-up. */
async function attemptsPerSecond(
  work: (tasks: readonly Task[], attempts: number) => Promise<unknown>,
): Promise<number> {
  await work(chosen.slice(0, 4), 1);
  const startedAt = performance.now();
  await work(chosen, attempts);
  return 1000 * chosen.length * attempts / (performance.now() - startedAt);
}

async function memory(wanted: number) {
  const student = await createStudentModel(values.student);
  const residentMiB: number[] = [];
  const block = chosen.slice(0, Math.max(1, Math.ceil(wanted / 20 / attempts)));
  for (let made = 0; made < wanted;) {
    const path = await Deno.makeTempFile({ suffix: ".jsonl" });
    await Deno.remove(path);
    await makeRollouts({
      student,
      bench,
      tasks: block,
      attempts,
      purpose: `memory ${made}`,
      path,
      options: { maxNewTokens },
    });
    await Deno.remove(path);
    made += block.length * attempts;
    residentMiB.push(Math.round(Deno.memoryUsage().rss / 2 ** 20));
    const { heapUsed, external } = Deno.memoryUsage();
    console.log(
      `after ${made} attempts: ${residentMiB.at(-1)} MiB, ` +
        `${Math.round(heapUsed / 2 ** 20)} of them on the heap, ${
          Math.round(external / 2 ** 20)
        } external`,
    );
  }
  await student.dispose();
  const later = residentMiB.slice(residentMiB.length >> 1);
  const growthMiB = later[later.length - 1] - later[0];
  console.log(`growth over the second half: ${growthMiB} MiB`);
  return { attempts: wanted, residentMiB, growthMiB };
}
