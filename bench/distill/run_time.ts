/**
 * How long a distillation takes, from the command's start: to its first line, to a student's first
 * attempt, to the end; and of each stage when it ended, with the processor time since the stage before.
 * Stages that run side by side share that time. Arguments are passed on to `distill`.
 *
 * deno run -A bench/distill/run_time.ts [--profile quick] [--train-tasks 60] [--test-tasks 4] ...
 */
import { spread } from "../spread.ts";
import { treeUse } from "../process_tree.ts";

const root = new URL("../../", import.meta.url).pathname;
const given = Deno.args.filter((arg) => arg !== "--json");
const args = given.length > 0 ? given : ["--profile", "quick"];
const folder = await Deno.makeTempDir({ prefix: "potstill-run-time-" });
const out = args.includes("--out") ? [] : ["--out", `${folder}/run`];
const startedAt = performance.now();
const seconds = () => (performance.now() - startedAt) / 1000;
const child = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", `${root}lib/cli/main.ts`, "distill", ...args, ...out],
  cwd: root,
  stdin: "null",
  stdout: "null",
  stderr: "piped",
}).spawn();

let peakBytes = 0;
let cpuMs = 0;
const busy: number[] = [];
let sampledAt = performance.now();
const sample = () => {
  const use = treeUse(child.pid);
  const now = performance.now();
  if (use.cpuMs > cpuMs) busy.push((use.cpuMs - cpuMs) / (now - sampledAt));
  cpuMs = Math.max(cpuMs, use.cpuMs);
  peakBytes = Math.max(peakBytes, use.residentBytes);
  sampledAt = now;
};
const timer = setInterval(sample, 500);
let firstLine: number | null = null;
let firstAttempt: number | null = null;
let before = 0;
const stages: { readonly line: string; readonly atSeconds: number; readonly cpuSeconds: number }[] =
  [];
let rest = "";
const last: string[] = [];
for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
  firstLine ??= seconds();
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  last.push(...lines);
  last.splice(0, last.length - 20);
  for (const line of lines) {
    if (/ steps, at a question it has not seen/.test(line)) firstAttempt ??= seconds();
    if (!/ {2}\d+(\/\d+)? in \d/.test(line)) continue;
    sample();
    stages.push({ line, atSeconds: seconds(), cpuSeconds: (cpuMs - before) / 1000 });
    before = cpuMs;
    console.log(`${seconds().toFixed(1).padStart(7)} s  ${line}`);
  }
}
const { success } = await child.status;
clearInterval(timer);
await Deno.remove(folder, { recursive: true });
if (!success) throw new Error(`distill ${args.join(" ")} failed:\n${[...last, rest].join("\n")}`);
console.log(JSON.stringify({
  arguments: args,
  seconds: seconds(),
  firstLineSeconds: firstLine,
  firstAttemptSeconds: firstAttempt,
  cpuSeconds: cpuMs / 1000,
  coresBusy: busy.length === 0 ? null : spread(busy).median,
  peakMb: Math.round(peakBytes / 1e6),
  stages,
}));
