/**
 * All at once, for as long as told: `generate` against an endpoint that misbehaves at random, killed and
 * resumed at random times, a second process at the same folder, and a student's server under hostile
 * requests. In the end the rows must equal those of undisturbed runs, and memory must not grow.
 *
 * deno run -A bench/soak/soak.ts [--minutes 60] [--seed 1] [--tasks 40]
 */
import { parseArgs } from "node:util";
import { Random } from "@potstill";
import { faultyExpert } from "./faulty_expert.ts";
import { disturbedRuns } from "./disturbed_runs.ts";
import { attackServer } from "./attack_server.ts";
import { isFlat, memoryOf } from "./memory_series.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    tasks: { type: "string", default: "40" },
  },
});
const minutes = Number(values.minutes);
const random = new Random(`soak/${values.seed}`);
const folder = await Deno.makeTempDir({ prefix: "potstill-soak-" });
const until = Date.now() + minutes * 60_000;
const expert = faultyExpert(random.fork("faults"), 0);
const series: Record<string, number[]> = { "this process, MB": [], "student's server, MB": [] };
try {
  const attack = attackServer(random.fork("attacks"), until);
  const serverPid = await attack.pid;
  const sampler = setInterval(() => {
    for (const [name, pid] of [["this process", Deno.pid], ["student's server", serverPid]]) {
      const megabytes = memoryOf(Number(pid));
      // None is a process that has ended.
      if (megabytes > 0) series[`${name}, MB`].push(megabytes);
    }
  }, Math.max(1000, minutes * 500));
  const [runs, served] = await Promise.all([
    disturbedRuns({
      folder,
      expert,
      random: random.fork("kills"),
      until,
      tasks: Number(values.tasks),
      secondEveryMs: Math.min(60_000, minutes * 6000),
    }),
    attack.finished,
  ]);
  clearInterval(sampler);
  const problems = [...runs.problems, ...served.problems];
  for (const [name, megabytes] of Object.entries(series)) {
    console.log(`${name}: ${megabytes.join(" ")}`);
    if (!isFlat(megabytes)) problems.push(`${name} grows: ${megabytes.at(-1)}`);
  }
  console.log(
    `${runs.runs} runs of ${values.tasks} tasks, ${runs.kills} kills, ${runs.refusedSeconds} times a ` +
      `second process was sent away; ${expert.requests} requests, ${runs.faults} of them met a fault; ` +
      `${served.requests} hostile requests, ${served.answered} honest ones answered, the slowest in ` +
      `${served.slowestMs} ms`,
  );
  console.log(problems.length === 0 ? "No problem." : `PROBLEMS:\n${problems.join("\n")}`);
  const { problems: _, ...figures } = runs;
  const { problems: __, ...server } = served;
  const faults = Object.fromEntries(expert.faults);
  console.log(JSON.stringify({ minutes, ...figures, faults, server, series, problems }));
  Deno.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error);
  Deno.exitCode = 1;
} finally {
  await expert.close();
  await Deno.remove(folder, { recursive: true });
  // Whatever still waits for an answer has waited long enough.
  Deno.exit();
}
