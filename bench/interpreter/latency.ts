/**
 * How long the interpreter takes: a process's start, a small step, eight candidates from one state.
 *
 * deno run -A bench/interpreter/latency.ts [--rounds N] [--json]
 */
import { parseArgs } from "node:util";
import { createInterpreter, type Tool } from "@potstill";
import { InterpreterProcess, loadGuestImage, userCacheFolder } from "@potstill/agent";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const MB = 1024 * 1024;

/** Percentiles of durations in milliseconds. */
function summary(durations: number[]) {
  durations.sort((a, b) => a - b);
  const at = (share: number) =>
    Number(
      durations[Math.min(durations.length - 1, Math.floor(share * durations.length))].toFixed(2),
    );
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9), n: durations.length };
}

async function measure(count: number, work: (round: number) => Promise<unknown>) {
  const durations: number[] = [];
  for (let round = 0; round < count; round++) {
    const started = performance.now();
    await work(round);
    durations.push(performance.now() - started);
  }
  return summary(durations);
}

const search: Tool = {
  name: "web_search",
  description: "",
  parameters: [{ name: "query", type: "string", description: "" }],
  returns: "string",
  call: ([query]) => Promise.resolve(`About ${query}`),
};
const small = (n: number) =>
  `x = ${n}\nsquares = [k * k for k in range(20)]\nprint(sum(squares), x)\nx * 2`;

const image = await loadGuestImage({
  cacheFolder: userCacheFolder(),
  packages: [],
  packagesFolder: null,
});
const limits = { maxMemoryBytes: 512 * MB, maxFileBytes: 32 * MB, maxStateBytes: 128 * MB };
const results: Record<string, ReturnType<typeof summary>> = {};
results["process start"] = await measure(10, async () => {
  const process = await InterpreterProcess.start(image, limits);
  process.kill();
  await process.ended();
});
results["createInterpreter, image cached"] = await measure(5, async () => {
  await (await createInterpreter({ processes: 1 })).close();
});
results["createInterpreter, nothing cached"] = await measure(2, async () => {
  await (await createInterpreter({ processes: 1, cacheFolder: null })).close();
});

const interpreter = await createInterpreter({ processes: 1 });
const session = await interpreter.open([search]);
for (let i = 0; i < 100; i++) await session.run(small(i));
results["small step, back to back"] = await measure(rounds, (n) => session.run(small(n)));
const rested: number[] = [];
for (let n = 0; n < rounds; n++) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  const started = performance.now();
  await session.run(small(n));
  rested.push(performance.now() - started);
}
results["small step, after a pause"] = summary(rested);
results["step with a tool call"] = await measure(
  rounds,
  () => session.run("web_search('cats')"),
);
const others = await Promise.all(Array.from({ length: 8 }, () => interpreter.open([search])));
for (const [i, other] of others.entries()) await other.run(small(i));
results["small step, 8 sessions on 1 process in turn"] = await measure(
  rounds,
  (n) => others[n % 8].run(small(n)),
);
const codes = Array.from({ length: 8 }, (_, n) => small(n));
results["8 candidates and commit, 1 process"] = await measure(rounds / 4, async (round) => {
  const run = await session.runCandidates(codes.map((code) => `${code} + ${round}`));
  await run.commit(round % 8);
});
await interpreter.close();
const two = await createInterpreter({ processes: 2 });
const pair = await two.open([search]);
for (let i = 0; i < 20; i++) await pair.runCandidates(codes);
results["8 candidates and commit, 2 processes"] = await measure(rounds / 4, async (round) => {
  const run = await pair.runCandidates(codes.map((code) => `${code} + ${round}`));
  await run.commit(round % 8);
});
await two.close();

console.log(
  `${"milliseconds".padEnd(46)}${"p10".padStart(9)}${"p50".padStart(9)}${"p90".padStart(9)}`,
);
for (const [name, { p10, p50, p90 }] of Object.entries(results)) {
  const numbers = [p10, p50, p90].map((ms) => ms.toFixed(2).padStart(9)).join("");
  console.log(`${name.padEnd(46)}${numbers}`);
}
if (values.json) console.log(JSON.stringify({ unit: "ms", results }));
