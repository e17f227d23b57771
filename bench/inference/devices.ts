/**
 * Which of a machine's devices is the fastest for a student: training steps, prompts and decoding on the
 * processor, on WebGPU and on CUDA, each in a process of its own. What `--device` of a command is best
 * set to. A device that is not there is told with what is missing. The last line is JSON.
 *
 * deno run -A bench/inference/devices.ts [--student STUDENT] [--devices cpu,webgpu,cuda] [--rounds N]
 */
import { parseArgs } from "node:util";
import { loadStudent, Random } from "@potstill";
import { exampleRows, StudentEngine, Trainer } from "@potstill/student";
import { spread } from "../spread.ts";

const DEVICES = ["cpu", "webgpu", "cuda"] as const;
const WORKS = ["train", "decode"] as const;

/** Tokens per second of one round. */
type Speeds = Readonly<Record<string, number>>;

const { values } = parseArgs({
  options: {
    student: { type: "string", default: "1M" },
    devices: { type: "string", default: DEVICES.join(",") },
    rounds: { type: "string", default: "3" },
    // Of the processes that measure: one piece of work on one device.
    work: { type: "string" },
    device: { type: "string", default: "cpu" },
  },
});
const rounds = Number(values.rounds);
const device = deviceOf(values.device);

if (values.work === undefined) await compare();
else console.log(JSON.stringify(await measure(values.work)));

function deviceOf(name: string): (typeof DEVICES)[number] {
  const found = DEVICES.find((one) => one === name);
  if (found === undefined) {
    console.error(`There is no device "${name}", there are ${DEVICES.join(", ")}`);
    Deno.exit(2);
  }
  return found;
}

async function compare(): Promise<void> {
  const results: Record<string, Record<string, number>> = {};
  const problems: Record<string, string> = {};
  for (const name of values.devices.split(",").map(deviceOf)) {
    for (const work of WORKS) {
      const { speeds, problem } = await measureApart(name, work);
      if (problem !== null) problems[name] ??= problem;
      if (speeds.length === 0) continue;
      for (const key of Object.keys(speeds[0])) {
        const measured = spread(speeds.map((round) => round[key]));
        (results[key] ??= {})[name] = measured.median;
        console.log(
          `${key.padEnd(9)} ${name.padEnd(7)} ${Math.round(measured.median)} tokens/s ` +
            `(${Math.round(measured.low)} to ${Math.round(measured.high)})`,
        );
      }
    }
    if (name in problems) console.log(`${name} is not measured: ${problems[name]}`);
  }
  for (const [key, byDevice] of Object.entries(results)) {
    const [best] = Object.entries(byDevice).sort(([, a], [, b]) => b - a);
    console.log(`Fastest in ${key}: --device ${best[0]}`);
  }
  console.log(JSON.stringify({ student: values.student, tokensPerSecond: results, problems }));
}

/** Two threads of one process cannot both use WebGPU, and a driver that crashes ends its process alone. */
async function measureApart(name: string, work: string) {
  const { student } = values;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", new URL(import.meta.url).pathname, "--student", student],
      ...["--rounds", String(rounds), "--device", name, "--work", work],
    ],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const last = text.decode(stdout).trim().split("\n").at(-1) ?? "";
  if (success && last.startsWith("[")) {
    return { speeds: JSON.parse(last) as Speeds[], problem: null };
  }
  const lines = text.decode(stderr).trim().split("\n");
  const said = lines.find((line) => line.includes("Cannot use")) ?? lines.at(-1) ?? "it ended";
  return { speeds: [], problem: said.replace(/^.*?(?=Cannot use)/, "") };
}

async function measure(work: string): Promise<Speeds[]> {
  const parts = await loadStudent(values.student);
  return work === "train" ? await measureTraining(parts) : await measureDecoding(parts);
}

type Parts = Awaited<ReturnType<typeof loadStudent>>;

/** Steps of 6 examples of 300 tokens, a third of them trained. */
async function measureTraining({ config, weights }: Parts): Promise<Speeds[]> {
  await using trainer = await Trainer.create(config, weights, { executionProvider: device });
  const rows = exampleRows(Array.from({ length: 6 }, (_, i) => ({
    ids: drawn(config.vocab_size, 300, `row ${i}`),
    trained: Uint8Array.from({ length: 300 }, (_, at) => at % 3 === 2 ? 1 : 0),
  })));
  // One step unmeasured: the graph is compiled.
  await trainer.step(rows);
  const speeds: Speeds[] = [];
  for (let round = 0; round < rounds; round++) {
    const { tokens, ms } = await trainer.step(rows);
    speeds.push({ training: 1000 * tokens / ms });
  }
  return speeds;
}

/** 8 prompts of 200 tokens with 4 samples of 32 each. */
async function measureDecoding(parts: Parts): Promise<Speeds[]> {
  const { vocab_size } = parts.config;
  const engine = await StudentEngine.create(parts, {
    executionProvider: device,
    prefixCacheBytes: 1,
  });
  const speeds: Speeds[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = engine.statistics;
    await Promise.all(Array.from({ length: 8 }, (_, i) =>
      engine.generate({
        prompt: drawn(vocab_size, 200, `prompt ${round}/${i}`),
        samples: 4,
        maxNewTokens: 32,
        temperature: 1,
        seed: i,
      })));
    const after = engine.statistics;
    const drawnTokens = after.generatedTokens - before.generatedTokens - 32;
    if (round === 0) continue;
    speeds.push({
      prompts: 1000 * (after.promptTokens - before.promptTokens) /
        (after.prefillMs - before.prefillMs),
      decoding: 1000 * drawnTokens / (after.decodeMs - before.decodeMs),
    });
  }
  await engine.dispose();
  return speeds;
}

function drawn(vocabulary: number, length: number, seed: string): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => random.integer(0, Math.min(255, vocabulary - 1)));
}
