/**
 * Many tasks in a row, each with a session of its own: whether memory stays flat.
 *
 * deno run -A bench/interpreter/sustained.ts [--tasks N] [--json]
 */
import { parseArgs } from "node:util";
import { createInterpreter } from "@potstill";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "2000" },
    json: { type: "boolean", default: false },
  },
});
const tasks = Number(values.tasks);

/** Resident megabytes of this process and of those that it started; Linux only. */
async function residentMb(): Promise<{ owner: number; children: number }> {
  const children: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await Deno.readTextFile(`/proc/${name}/stat`);
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      if (parent === Deno.pid) children.push(await resident(name));
    } catch { /* it has ended */ }
  }
  return { owner: await resident("self"), children: children.reduce((a, b) => a + b, 0) };
}

async function resident(pid: string): Promise<number> {
  const pages = Number((await Deno.readTextFile(`/proc/${pid}/statm`)).split(" ")[1]);
  return Math.round((pages * 4096) / (1024 * 1024));
}

const steps = (n: number) => [
  `import math\nvalues = [k * ${n} for k in range(2000)]\nprint(sum(values))`,
  `text = ' '.join(map(str, values))\nclass Box:\n  def __init__(self): self.v = values\nbox = Box()\nlen(text)`,
  `open('/tmp/notes', 'w').write(text)\nfinal_answer(math.sqrt(len(box.v)))`,
];

const interpreter = await createInterpreter({ processes: 2 });
const started = performance.now();
const samples: { tasks: number; owner: number; children: number }[] = [];
for (let n = 0; n < tasks; n++) {
  const session = await interpreter.open([]);
  let last;
  for (const code of steps(n)) last = await session.run(code);
  if (last?.finalAnswer !== "44.721359549995796") {
    throw new Error(`Task ${n}: ${last?.finalAnswer}`);
  }
  await session.close();
  if ((n + 1) % Math.ceil(tasks / 10) === 0) samples.push({ tasks: n + 1, ...await residentMb() });
}
const seconds = (performance.now() - started) / 1000;
await interpreter.close();

console.log(`${"tasks".padStart(7)}${"owner MB".padStart(10)}${"processes MB".padStart(14)}`);
for (const { tasks, owner, children } of samples) {
  console.log(
    `${String(tasks).padStart(7)}${String(owner).padStart(10)}${String(children).padStart(14)}`,
  );
}
const msPerStep = (seconds * 1000) / (3 * tasks);
console.log(`${seconds.toFixed(1)} s, ${msPerStep.toFixed(2)} ms a step`);
if (values.json) console.log(JSON.stringify({ tasks, seconds, msPerStep, samples }));
