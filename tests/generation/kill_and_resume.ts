import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createLabExpert } from "@potstill/lab/expert/lab_expert.ts";
import type { ChatModel } from "@potstill/models/chat_model.ts";
import { Random } from "@potstill/records/random.ts";
import { checkTrajectory } from "@potstill/records/check.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";
import { sha256OfJson } from "@potstill/runs/hash.ts";

/** What a run that was killed again and again came to. */
export interface KillReport {
  readonly kills: number;
  /** Kills by what the run had done: nothing, some trajectories, all. */
  readonly moments: readonly number[];
  readonly requests: number;
  /** Different requests among them. */
  readonly distinct: number;
  readonly trajectories: number;
}

/**
 * Runs `potstill generate` against a server in this process, kills it with SIGKILL at random moments,
 * resumes it each time, and compares what is left with an undisturbed run.
 */
export async function killAndResume(
  folder: string,
  options: { kills: number; tasks: number; seed: number; delayMs: number },
): Promise<KillReport> {
  const random = new Random(options.seed);
  const asked: string[] = [];
  const server = serveModels([{ id: "slow-expert", model: slowExpert(options.delayMs, asked) }], {
    port: 0,
    concurrency: 64,
  });
  const argumentsOf = (out: string, store: string) => [
    "run",
    "-A",
    "--no-check",
    new URL("../../lib/cli/main.ts", import.meta.url).pathname,
    "generate",
    "--benchmark",
    "lab-math",
    "--limit",
    String(options.tasks),
    "--base-url",
    server.baseUrl,
    "--model",
    "slow-expert",
    "--search",
    "none",
    "--first-thought-prefix",
    "--attempts",
    "2",
    "--concurrency",
    "6",
    "--resume",
    "--out",
    join(folder, out),
    "--store",
    join(folder, store),
  ];
  const start = (out: string, store: string) =>
    new Deno.Command(Deno.execPath(), {
      args: argumentsOf(out, store),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  try {
    const undisturbed = await start("undisturbed", "store-a").output();
    assert.equal(undisturbed.code, 0, new TextDecoder().decode(undisturbed.stderr));
    const distinctBefore = new Set(asked).size;
    asked.length = 0;
    const moments: number[] = [];
    for (let kills = 0; kills < options.kills; kills++) {
      // A part of the requests that an undisturbed run makes, so that every phase is hit.
      const goal = asked.length +
        random.integer(0, Math.ceil((2 * distinctBefore) / options.kills));
      const child = start("killed", "store-b");
      let isOver = false;
      const status = child.status.then((value) => {
        isOver = true;
        return value;
      });
      const drained = child.stderr.pipeTo(new WritableStream());
      while (!isOver && (asked.length < goal || asked.length === 0)) {
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 3 * options.delayMs)));
      if (!isOver) child.kill("SIGKILL");
      await status;
      await drained.catch(() => {});
      moments.push(await rowsSoFar(join(folder, "killed", "trajectories", "agent.jsonl")));
    }
    const last = await start("killed", "store-b").output();
    assert.equal(last.code, 0, new TextDecoder().decode(last.stderr));
    for (const name of ["agent", "cot"]) {
      const [killed, calm] = await Promise.all(
        ["killed", "undisturbed"].map((run) =>
          readJsonl(join(folder, run, "trajectories", `${name}.jsonl`), checkTrajectory)
        ),
      );
      assert.equal(killed.length, 2 * options.tasks);
      assert.deepEqual(timeless(killed), timeless(calm), name);
    }
    for (const file of ["agent.jsonl.partial", "cot.jsonl.partial"]) {
      assert.ok(!existsSync(join(folder, "killed", "trajectories", file)));
    }
    const [killed, calm] = await Promise.all(
      ["killed", "undisturbed"].map(async (run) =>
        JSON.parse(await Deno.readTextFile(join(folder, run, "summary.json")))
      ),
    );
    assert.deepEqual(killed.tally, calm.tally);
    return {
      kills: options.kills,
      moments,
      requests: asked.length,
      distinct: new Set(asked).size,
      trajectories: 2 * options.tasks,
    };
  } finally {
    await server.close();
  }
}

function slowExpert(delayMs: number, asked: string[]): ChatModel {
  const expert = createLabExpert();
  return {
    ...expert,
    name: "slow-expert",
    complete: async (request) => {
      const { signal: _, onText: __, ...rest } = request;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      asked.push(sha256OfJson(rest));
      return expert.complete(request);
    },
  };
}

async function rowsSoFar(path: string): Promise<number> {
  for (const file of [path, `${path}.partial`]) {
    if (existsSync(file)) return (await Deno.readTextFile(file)).split("\n").length - 1;
  }
  return 0;
}

function timeless(rows: readonly Trajectory[]): unknown {
  return rows.map((row) => ({
    ...row,
    steps: row.steps.map(({ durations: _, ...step }) => step),
  }));
}
