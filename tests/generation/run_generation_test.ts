import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Budget } from "@potstill/models/budget.ts";
import { fileStepStore } from "@potstill/generation/file_step_store.ts";
import type { GivenGenerationOptions } from "@potstill/generation/generation_options.ts";
import { mergeShards } from "@potstill/generation/merge_runs.ts";
import { type GenerationSummary, runGeneration } from "@potstill/generation/run_generation.ts";
import { itemsOfShard, shardFolder } from "@potstill/generation/shard.ts";
import { createOpenAiModel } from "@potstill/models/openai/create_openai_model.ts";
import type { OpenAiModelOptions } from "@potstill/models/openai/create_openai_model.ts";
import { EndpointRefusedError } from "@potstill/models/openai/endpoint_error.ts";
import { openProgress } from "@potstill/runs/progress/open_progress.ts";
import { checkTrajectory } from "@potstill/records/check.ts";
import type { Task } from "@potstill/records/task.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";
import { type Fault, FaultServer, type FaultServerOptions } from "../models/fault_server.ts";
import { ArithmeticInterpreter } from "./arithmetic_interpreter.ts";
import { productSetup, productTasks, replyToProduct, withFolder } from "./setup.ts";

interface RunParts {
  readonly server: FaultServer;
  readonly folder: string;
  readonly tasks: readonly Task[];
  readonly options?: Partial<GivenGenerationOptions>;
  readonly endpoint?: Partial<OpenAiModelOptions>;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  readonly path?: string;
  readonly interpreter?: ArithmeticInterpreter;
  readonly concurrency?: number;
}

async function run(parts: RunParts): Promise<GenerationSummary> {
  const { server, folder, tasks, options = {}, endpoint, budget, signal } = parts;
  const model = await createOpenAiModel({
    baseUrl: server.baseUrl,
    model: "m",
    probe: false,
    prefix: "vllm",
    samples: "native",
    backoffBaseMs: 2,
    // Long enough for a busy machine: an answer given up on is one paid for twice.
    timeoutMs: 8000,
    maxRetries: 8,
    concurrency: 64,
    ...endpoint,
  }, { guard: budget });
  const interpreter = parts.interpreter ?? new ArithmeticInterpreter();
  const store = fileStepStore(join(folder, "store"));
  return await runGeneration({
    path: parts.path ?? join(folder, "run"),
    setup: await productSetup({ model, interpreter, store }, { model: "m", ...options }),
    tasks,
    concurrency: parts.concurrency ?? 64,
    usage: () => model.usage,
    progress: openProgress("silent"),
    signal,
  });
}

const reply: FaultServerOptions["reply"] = ({ body }) =>
  replyToProduct(body.messages as { role: string; content: string }[]);

async function withServer(
  options: Partial<FaultServerOptions>,
  body: (server: FaultServer, folder: string) => Promise<void>,
): Promise<void> {
  const server = new FaultServer({ reply, ...options });
  try {
    await withFolder((folder) => body(server, folder));
  } finally {
    await server.close();
  }
}

function rowsOf(folder: string, file = "run/trajectories/agent.jsonl"): Promise<Trajectory[]> {
  return readJsonl(join(folder, file), checkTrajectory);
}

/** Without the times, which differ from run to run. */
function timeless(rows: readonly Trajectory[]): unknown {
  return rows.map((row) => ({
    ...row,
    steps: row.steps.map(({ durations: _, ...step }) => step),
  }));
}

const everyFault: Fault[] = [
  "429",
  "429-retry-after",
  "500",
  "503-html",
  "stall",
  "stall-body",
  "cut",
  "truncated-json",
  "empty-choices",
  "fewer-choices",
  "more-choices",
  "stop-returned",
  "think",
  "trickle",
  "slow-trickle",
  "error-in-200",
];

Deno.test("500 tasks through every fault: complete, none lost, none paid twice", async () => {
  let count = 0;
  // Every fourth request meets a fault, in turn.
  let stalls = 0;
  const fault = () => {
    count++;
    const next = count % 4 === 0 ? everyFault[(count / 4) % everyFault.length] : null;
    const isStall = next !== null && /stall|slow/.test(next);
    // Each costs a time-out.
    return isStall && ++stalls > 9 ? null : next;
  };
  await withServer({ fault }, async (server, folder) => {
    const tasks = productTasks(500);
    const options = { firstThoughtPrefix: true, candidates: 3 };
    const summary = await run({ server, folder, tasks, options });
    assert.equal(summary.status, "complete");
    assert.equal(summary.tally.done, 500);
    assert.equal(summary.tally.correct, 500);
    assert.equal(summary.tally.prefixed.native, 500);
    const rows = await rowsOf(folder);
    assert.deepEqual(rows.map(({ task }) => task.id), tasks.map(({ id }) => id));
    assert.ok(
      rows.every(({ steps }) => steps.length === 2 && steps.every((s) => s.error === null)),
    );
    assert.equal((await rowsOf(folder, "run/trajectories/cot.jsonl")).length, 500);
    assert.deepEqual(await readdir(join(folder, "run", "trajectories")), [
      "agent.jsonl",
      "cot.jsonl",
    ]);
    // One CoT answer and two turns a task. Each request was answered whole once: what was asked again
    // (choices that did not come) was asked with another seed.
    assert.deepEqual([...server.answers].filter(([, count]) => count !== 1), []);
    const conversations = new Set(
      [...server.sold.keys()].map((key) => JSON.stringify(JSON.parse(key).messages)),
    );
    assert.equal(conversations.size, 1500);
    assert.equal(server.faults.size, everyFault.length, "every fault occurred");

    // The same run once more, from the store alone.
    const before = server.requests.length;
    const again = await run({ server, folder, tasks, options, path: join(folder, "again") });
    assert.equal(server.requests.length, before);
    assert.deepEqual(again.tally, summary.tally);
    assert.deepEqual(await rowsOf(folder, "again/trajectories/agent.jsonl"), rows);
  });
});

Deno.test("an interrupted run goes on where it was, and equals an undisturbed one", async () => {
  await withServer({}, async (server, folder) => {
    const tasks = productTasks(60);
    const options = { attempts: 2 };
    let parts = 0;
    for (;; parts++) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(new Error("interrupted")), 12);
      const { status, problem } = await run({
        server,
        folder,
        tasks,
        options,
        signal: stop.signal,
        concurrency: 4,
      });
      clearTimeout(timer);
      if (status === "complete") break;
      assert.equal(status, "interrupted");
      assert.equal(problem, "interrupted");
      assert.ok(!existsSync(join(folder, "run/trajectories/agent.jsonl")));
      assert.ok(parts < 1000);
    }
    assert.ok(parts >= 2, `${parts} interruptions`);
    assert.ok([...server.sold.values()].every((choices) => choices === 1));
    assert.equal(server.sold.size, 60 * 2 * 2);
    const other = new FaultServer({ reply });
    await withFolder(async (undisturbed) => {
      await run({ server: other, folder: undisturbed, tasks, options });
      assert.deepEqual(timeless(await rowsOf(folder)), timeless(await rowsOf(undisturbed)));
    });
    await other.close();
  });
});

Deno.test("a budget stops the run before it is crossed; with more it goes on", async () => {
  await withServer({}, async (server, folder) => {
    const tasks = productTasks(40);
    const prices = { input: 10, output: 100 };
    const endpoint = { inputPrice: 10, outputPrice: 100 };
    const options = { maxNewTokens: 64 };
    // An answer costs 100 * 10 + 20 * 100 micro-dollars.
    const first = await run({
      server,
      folder,
      tasks,
      options,
      endpoint,
      budget: new Budget(0.1, prices),
    });
    assert.equal(first.status, "budget");
    assert.match(first.problem!, /budget of 0.1 US dollars is reached/);
    assert.ok(
      first.usage!.costUsd! <= 0.1 && first.usage!.costUsd! > 0.08,
      `${first.usage!.costUsd}`,
    );
    const sold = server.sold.size;
    assert.equal(sold, Math.round(first.usage!.costUsd! / 0.003));
    const spent = first.usage!.costUsd!;
    const second = await run({
      server,
      folder,
      tasks,
      options,
      endpoint,
      budget: new Budget(1, prices, spent),
    });
    assert.equal(second.status, "complete");
    assert.equal(server.sold.size, 80);
    assert.ok([...server.sold.values()].every((choices) => choices === 1));
    assert.ok(Math.abs(second.usage!.costUsd! - 80 * 0.003) < 1e-9, "earlier parts are counted");
  });
});

Deno.test("an endpoint that goes down stops the run; what is stored stays", async () => {
  let isDown = false;
  const fault = (_: unknown, count: number) => {
    if (count > 50) isDown = true;
    return isDown ? "500" as const : null;
  };
  await withServer({ fault }, async (server, folder) => {
    const tasks = productTasks(100);
    const endpoint = { maxRetries: 1 };
    const parts = { server, folder, tasks, endpoint, concurrency: 8 };
    const first = await run(parts);
    assert.equal(first.status, "unavailable");
    assert.match(first.problem!, /Cannot generate with m: 500 Internal error/);
    assert.ok(server.requests.length < 50 + 60, `${server.requests.length} requests`);
    const failed = server.requests.length;
    const done = (await readFile(join(folder, "run/trajectories/agent.jsonl.partial"), "utf8"))
      .trimEnd().split("\n").length;
    assert.equal(done, first.tally.done);
    const other = new FaultServer({ reply });
    const second = await run({ ...parts, server: other });
    assert.equal(second.status, "complete");
    assert.equal(second.tally.correct, 100);
    assert.equal(server.sold.size + other.sold.size, 200);
    assert.ok(failed > 0);
    await other.close();
  });
});

Deno.test("attempts that the endpoint fails are made again at the end, or at the next run", async () => {
  const isBad = (body: Record<string, unknown>) =>
    JSON.stringify(body.messages).includes("What is 7 times");
  let isFixed = false;
  const fault: FaultServerOptions["fault"] = ({ body }) => (!isFixed && isBad(body) ? "500" : null);
  await withServer({ fault }, async (server, folder) => {
    const tasks = productTasks(20);
    const endpoint = { maxRetries: 1 };
    const first = await run({ server, folder, tasks, endpoint });
    assert.equal(first.status, "unavailable");
    assert.equal(first.tally.done, 19);
    assert.equal(first.unanswered, 1);
    assert.match(first.problem!, /no answer for 1 of 20 attempts/);
    isFixed = true;
    const second = await run({ server, folder, tasks, endpoint });
    assert.equal(second.status, "complete");
    assert.deepEqual((await rowsOf(folder)).map(({ task }) => task.id), tasks.map(({ id }) => id));
  });
});

Deno.test("a wrong key ends the run with one error", async () => {
  const intercept = () => Response.json({ error: { message: "Invalid key" } }, { status: 401 });
  await withServer({ intercept }, async (server, folder) => {
    await assert.rejects(run({ server, folder, tasks: productTasks(50) }), EndpointRefusedError);
    assert.ok(server.requests.length <= 64);
  });
});

Deno.test("a request that the endpoint rejects is an error in its trajectory, and the rest goes on", async () => {
  const intercept: FaultServerOptions["intercept"] = ({ body }) =>
    JSON.stringify(body.messages).includes("What is 5 times")
      ? Response.json({ error: { message: "context length exceeded" } }, { status: 400 })
      : null;
  await withServer({ intercept }, async (server, folder) => {
    const summary = await run({ server, folder, tasks: productTasks(10) });
    assert.equal(summary.status, "complete");
    assert.equal(summary.tally.correct, 9);
    assert.deepEqual(summary.tally.reasons, { "context-overflow": 1, "no-answer": 1 });
  });
});

Deno.test("merged shards are the run in one piece; a missing or foreign shard is named", async () => {
  await withServer({}, async (server, folder) => {
    const tasks = productTasks(23);
    const options = { attempts: 2, firstThoughtPrefix: true };
    await run({ server, folder, tasks, options });
    const out = join(folder, "sharded");
    for (const index of [2, 1, 3]) {
      const shard = { index, count: 3 };
      const path = join(out, shardFolder(shard));
      await run({ server, folder, tasks: itemsOfShard(tasks, shard), options, path });
      const resolved = {
        paradigm: "agent",
        samples: 2,
        firstThoughtPrefix: true,
        shard: `${index}/3`,
      };
      const manifest = {
        id: "x",
        command: "generate",
        startedAt: "2026-01-01T00:00:00.000Z",
        given: { shard: `${index}/3` },
        resolved,
        prompts: {},
      };
      await Deno.writeTextFile(join(path, "manifest.json"), JSON.stringify(manifest));
      if (index === 1) {
        await assert.rejects(mergeShards(out), /shard 3\/3 is missing/);
      }
    }
    const merged = await mergeShards(out);
    assert.equal(merged.trajectories, 46);
    for (const name of ["agent", "cot"]) {
      assert.deepEqual(
        await rowsOf(folder, `sharded/trajectories/${name}.jsonl`),
        await rowsOf(folder, `run/trajectories/${name}.jsonl`),
      );
    }
    await assert.rejects(mergeShards(out), /holds a run already/);
    const manifest = join(out, "shard-002-of-003", "manifest.json");
    await Deno.writeTextFile(
      manifest,
      (await Deno.readTextFile(manifest)).replace('"samples":2', '"samples":3'),
    );
    await assert.rejects(
      mergeShards(out, join(folder, "other")),
      /shard-002-of-003: its option attempts differs/,
    );
    await assert.rejects(mergeShards(folder), /holds no shards/);
  });
});
