import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@potstill";
import { checkTrajectory } from "@potstill/agent";
import { readJsonl } from "@potstill/experiments";
import type { FaultyExpert } from "./faulty_expert.ts";

/** How the runs are disturbed. */
export interface DisturbedRunsOptions {
  readonly folder: string;
  readonly expert: FaultyExpert;
  readonly random: Random;
  /** When to stop, in milliseconds since 1970. */
  readonly until: number;
  /** Of each run. */
  readonly tasks: number;
  /** How often a second process tries the same folder, in milliseconds. */
  readonly secondEveryMs: number;
}

/** What came of them. */
export interface DisturbedRunsReport {
  /** Runs that were made twice, undisturbed and disturbed. */
  readonly runs: number;
  readonly kills: number;
  /** Times that the folder's second process was sent away. */
  readonly refusedSeconds: number;
  readonly faults: number;
  readonly rows: number;
  readonly problems: readonly string[];
}

/** Longest life of a process before it is killed, in milliseconds. */
const LONGEST_LIFE_MS = 15_000;

/** Makes runs, disturbed and undisturbed, until the time is over, and compares their rows. */
export async function disturbedRuns(options: DisturbedRunsOptions): Promise<DisturbedRunsReport> {
  const { folder, expert, random, until, tasks } = options;
  const problems: string[] = [];
  let told = 0;
  let [runs, kills, refusedSeconds, rows] = [0, 0, 0, 0];
  while (Date.now() < until) {
    const argumentsOf = (name: string) => argumentsFor(options, runs, join(folder, name));
    expert.faultRate = 0;
    const calm = await output(spawn(argumentsOf("calm")));
    if (calm.code !== 0) problems.push(`an undisturbed run: ${calm.text}`);
    expert.faultRate = 0.3;
    let secondAt = Date.now() + options.secondEveryMs / 2;
    for (let tries = 0;; tries++) {
      const child = spawn(argumentsOf("killed"));
      const finished = output(child);
      let isOver = false;
      void finished.then(() => isOver = true);
      // Towards the end it is let be, so that the last run is whole.
      const mayKill = Date.now() < until && tries < 40;
      const dies = Date.now() + (mayKill ? random.integer(500, LONGEST_LIFE_MS) : 3e6);
      while (!isOver && Date.now() < dies) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        if (Date.now() < secondAt || !isLockedBy(join(folder, "killed"), child.pid)) continue;
        secondAt = Date.now() + options.secondEveryMs;
        const second = await output(spawn(argumentsOf("killed")));
        // The first may have ended in the meantime; then the second had the right to go on.
        if (isOver) continue;
        if (second.code === 1 && /Error: Cannot use .* used by generate/.test(second.text)) {
          refusedSeconds++;
        } else problems.push(`a second process ended with ${second.code}: ${second.text}`);
      }
      if (!isOver) {
        child.kill("SIGKILL");
        kills++;
      }
      const { code, text } = await finished;
      if (code === 0) break;
      // An endpoint that fails too often leaves attempts open; anything else is a fault.
      if (code === 1 && !/unavailable/.test(text)) problems.push(`a disturbed run: ${text}`);
      if (tries > 80) {
        problems.push(`a disturbed run does not end: ${text}`);
        break;
      }
    }
    expert.faultRate = 0;
    const [one, other] = await Promise.all(["calm", "killed"].map((name) => rowsOf(folder, name)));
    rows += one.length;
    if (one.length !== tasks || JSON.stringify(one) !== JSON.stringify(other)) {
      problems.push(`run ${runs}: ${other.length} rows, which are not the ${one.length} wanted`);
    }
    runs++;
    for (const name of ["calm", "killed"]) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
    for (; told < problems.length; told++) console.error(problems[told]);
    console.error(`run ${runs}: ${one.length} rows, ${kills} kills, ${problems.length} problems`);
  }
  const faults = [...expert.faults.values()].reduce((a, b) => a + b, 0);
  return { runs, kills, refusedSeconds, faults, rows, problems };
}

function argumentsFor(
  { expert, tasks }: DisturbedRunsOptions,
  seed: number,
  out: string,
): string[] {
  return [
    "generate",
    "--benchmark",
    "lab-math",
    "--limit",
    `${tasks}`,
    "--seed",
    `${seed}`,
    "--base-url",
    expert.baseUrl,
    "--model",
    "expert",
    "--retriever",
    "none",
    "--prefix-mode",
    "plain",
    "--request-n",
    "emulated",
    "--request-stop",
    "client",
    "--first-thought-prefix",
    "--concurrency",
    "6",
    "--processes",
    "1",
    "--max-retries",
    "8",
    "--timeout-ms",
    "3000",
    "--max-retry-wait-ms",
    "1000",
    "--input-price",
    "1",
    "--output-price",
    "2",
    "--out",
    out,
    "--store",
    join(out, "steps"),
    "--resume",
  ];
}

function spawn(args: readonly string[]): Deno.ChildProcess {
  const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function output(child: Deno.ChildProcess): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await child.output();
  const text = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  return { code, text: text.slice(-1500) };
}

/** Whether this process has the folder: a lock may be that of a predecessor that was killed. */
function isLockedBy(folder: string, pid: number): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => {
    if (!/^\.lock\.\d+$/.test(name)) return false;
    try {
      return JSON.parse(readFileSync(join(folder, name), "utf8")).pid === pid;
    } catch {
      return false; // It was given back in the meantime.
    }
  });
}

async function rowsOf(folder: string, name: string): Promise<unknown[]> {
  const path = join(folder, name, "trajectories", "agent.jsonl");
  const rows = await readJsonl(path, checkTrajectory).catch(() => []);
  return rows.map((row) => ({
    ...row,
    steps: row.steps.map(({ durations: _, tokens: __, ...step }) => step),
  }));
}
