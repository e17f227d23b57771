import { resolveAgentOptions } from "@potstill/agent/agent_options.ts";
import { optionsIdentity } from "@potstill/generation/attempt_identity.ts";
import assert from "node:assert/strict";
import { Budget, BudgetReachedError } from "@potstill/models/budget.ts";
import { estimateCost } from "@potstill/generation/cost_estimate.ts";
import {
  presentSettings,
  resolveGenerationOptions,
} from "@potstill/generation/generation_options.ts";
import { itemsOfShard, parseShard, shardFolder } from "@potstill/generation/shard.ts";
import { productTasks } from "./setup.ts";

const prices = { input: 1, output: 10 };

Deno.test("a budget is never crossed, and waits for what requests really cost", async () => {
  const budget = new Budget(0.001, prices);
  // At most 100 + 500 micro-dollars.
  const estimate = { promptTokens: 100, completionTokens: 50 };
  const first = await budget.admit(estimate);
  let isAdmitted = false;
  const second = budget.admit(estimate).then((ticket) => {
    isAdmitted = true;
    return ticket;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(isAdmitted, false);
  first.settle(0.0002);
  (await second).settle(0.0003);
  assert.ok(Math.abs(budget.spentUsd - 0.0005) < 1e-12);
  await assert.rejects(budget.admit(estimate), (error) => {
    assert.ok(error instanceof BudgetReachedError);
    assert.match(error.message, /budget of 0.001 US dollars is reached: 0.0005 are spent/);
    return true;
  });
  assert.throws(() => new Budget(0, prices), RangeError);
});

Deno.test("many at once never go over the budget", async () => {
  const budget = new Budget(0.01, prices);
  let admitted = 0;
  await Promise.all(Array.from({ length: 60 }, async (_, i) => {
    try {
      const ticket = await budget.admit({ promptTokens: 100, completionTokens: 50 });
      admitted++;
      await new Promise((resolve) => setTimeout(resolve, i % 5));
      ticket.settle(0.0004);
    } catch (error) {
      assert.ok(error instanceof BudgetReachedError);
    }
  }));
  assert.ok(budget.spentUsd <= 0.01);
  assert.equal(admitted, Math.round(budget.spentUsd / 0.0004));
  assert.ok(admitted >= 23, `${admitted} were admitted`);
});

Deno.test("a wait for the budget ends when it is aborted", async () => {
  const budget = new Budget(0.001, prices);
  await budget.admit({ promptTokens: 0, completionTokens: 90 });
  const stop = new AbortController();
  const waiting = budget.admit({ promptTokens: 0, completionTokens: 90 }, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

Deno.test("shards share out all items, in equal parts", () => {
  const items = Array.from({ length: 10 }, (_, i) => i);
  const parts = [1, 2, 3].map((index) => itemsOfShard(items, { index, count: 3 }));
  assert.deepEqual(parts, [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]);
  assert.deepEqual(parseShard("3/16"), { index: 3, count: 16 });
  assert.equal(shardFolder({ index: 3, count: 16 }), "shard-003-of-016");
  for (const bad of ["0/3", "4/3", "1", "a/b", "1/3/5", "-1/3"]) {
    assert.throws(() => parseShard(bad), /Cannot read the shard/);
  }
});

Deno.test("options: sampling follows from attempts, candidates and samples; bad values are named", () => {
  const base = { benchmark: "b", model: "m" };
  assert.equal(resolveGenerationOptions(base).temperature, 0);
  assert.equal(resolveGenerationOptions({ ...base, attempts: 4 }).temperature, 0.7);
  assert.equal(resolveGenerationOptions({ ...base, candidates: 4 }).temperature, 0.4);
  assert.equal(resolveGenerationOptions({ ...base, attempts: 4, temperature: 1 }).temperature, 1);
  const vote = resolveGenerationOptions({ ...base, paradigm: "cot", attempts: 1, samples: 4 });
  assert.deepEqual([vote.temperature, vote.topP, vote.samples], [0.4, 0.8, 4]);
  assert.equal(resolveGenerationOptions({ ...base, limit: undefined }).limit, null);
  assert.throws(() => resolveGenerationOptions({ ...base, attempts: 0 }), /attempts .* it is 0/);
  const bad = (more: object, message: RegExp) =>
    assert.throws(() => resolveGenerationOptions({ ...base, ...more }), message);
  bad({ paradigm: "cot-rag", candidates: 4 }, /cot-rag has samples .*candidates is 4/);
  bad({ attempts: 1, samples: 4 }, /an agent has candidates; samples is 4/);
  bad({ tempreature: 1 }, /no option tempreature; did you mean temperature/);
  assert.throws(() => resolveGenerationOptions({ ...base, limit: 1.5 }), /limit .* it is 1.5/);
  assert.throws(() => resolveGenerationOptions({ ...base, topP: 0 }), /topP/);
  assert.throws(
    () => resolveGenerationOptions({ ...base, paradigm: "cot", firstThoughtPrefix: true }),
    /first-thought prefix is for agents, not for cot/,
  );
});

Deno.test("names of the last version are read; one that could mean two things is refused", () => {
  const resolve = (more: object) =>
    resolveGenerationOptions({ benchmark: "lab-math", model: "m", ...more });
  assert.deepEqual(resolve({ samples: 3 }), resolve({ attempts: 3 }));
  assert.deepEqual(resolve({ retriever: "wiki" }), resolve({ search: "wiki" }));
  assert.deepEqual(resolve({ index: "none" }), resolve({ search: "none" }));
  assert.throws(
    () => resolve({ paradigm: "cot", samples: 3 }),
    /samples are now the answers of a majority vote; pass attempts 3/,
  );
  assert.throws(() => resolve({ search: "a", retriever: "b" }), /name that search had/);
});

Deno.test("manifests of the last version say the same under the present names", () => {
  const before = { paradigm: "agent", samples: 2, candidates: 8, retriever: "lab", tasks: 5 };
  assert.deepEqual(presentSettings(before), {
    paradigm: "agent",
    attempts: 2,
    candidates: 8,
    samples: 1,
    search: "lab",
    tasks: 5,
    voteOn: "logs-and-value",
    candidateState: "isolated",
    constrainTurns: false,
  });
  const voted = presentSettings({ ...before, paradigm: "cot" });
  assert.deepEqual([voted.attempts, voted.candidates, voted.samples], [2, 1, 8]);
  const now = { paradigm: "cot", attempts: 1, candidates: 1, samples: 8, voteOn: "logs" };
  assert.deepEqual(presentSettings(now), {
    ...now,
    candidateState: "isolated",
    constrainTurns: false,
  });
});

Deno.test("several candidates keep the address of attempts that are stored", () => {
  const identity = optionsIdentity(resolveAgentOptions({ candidates: 8 }));
  assert.deepEqual(identity, {
    maxSteps: 5,
    maxNewTokens: 1024,
    samples: 8,
    temperature: 0.4,
    topP: 0.8,
    voteOn: "logs-and-value",
    stepTimeoutMs: 10_000,
  });
  const { constrainTurns } = optionsIdentity(resolveAgentOptions({ constrainTurns: true })) as {
    readonly constrainTurns: boolean;
  };
  assert.ok(constrainTurns, "turns that were held to their form are others");
});

Deno.test("an estimate grows with tasks, attempts, turns and the first thought", () => {
  const options = resolveGenerationOptions({ benchmark: "b", model: "m" });
  const of = (change: Partial<typeof options>, tasks = 10) =>
    estimateCost({ ...options, ...change }, productTasks(tasks), "x".repeat(4000), prices);
  const base = of({});
  assert.equal(of({}, 20).completionTokens, 2 * base.completionTokens);
  assert.equal(of({ attempts: 3 }).completionTokens, 3 * base.completionTokens);
  assert.ok(of({ maxSteps: 1 }).promptTokens < base.promptTokens / 2);
  assert.ok(of({ firstThoughtPrefix: true }).completionTokens > base.completionTokens);
  assert.ok(of({ paradigm: "cot" }).promptTokens < base.promptTokens / 10);
  const cost = (base.promptTokens + 10 * base.completionTokens) / 1e6;
  assert.ok(Math.abs(base.costUsd! - cost) < 1e-9);
});
