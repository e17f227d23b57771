import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runGenerate } from "@potstill/cli/generate.ts";
import { Budget, BudgetReachedError } from "@potstill/models/budget.ts";
import { readUsage, UsageLog } from "@potstill/models/usage_log.ts";
import { checkTrajectory } from "@potstill/records/check.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";
import { FaultServer, type FaultServerOptions } from "../models/fault_server.ts";
import { replyToProduct, withFolder } from "./setup.ts";

type Intercept = NonNullable<FaultServerOptions["intercept"]>;

async function withRun(
  intercept: (request: Parameters<Intercept>[0], isBroken: () => boolean) => Response | null,
  body: (run: {
    readonly go: (...more: string[]) => Promise<{ code: number; text: string }>;
    readonly folder: string;
    readonly server: FaultServer;
    readonly mend: () => void;
  }) => Promise<void>,
): Promise<void> {
  let isBroken = true;
  const server = new FaultServer({
    reply: ({ body }) => {
      const messages = body.messages as { role: string; content: string }[];
      // A probe asks for numbers.
      return messages.length === 1 ? "six" : replyToProduct(messages);
    },
    intercept: (request) => intercept(request, () => isBroken),
  });
  await withFolder(async (folder) => {
    const benchmark = join(folder, "products.jsonl");
    const lines = Array.from({ length: 12 }, (_, i) =>
      JSON.stringify({
        id: `t${i}`,
        question: `What is ${i + 2} times ${i + 3}?`,
        answer: String((i + 2) * (i + 3)),
      }));
    await writeFile(benchmark, lines.join("\n") + "\n");
    const go = async (...more: string[]) => {
      const said: string[] = [];
      const [log, error] = [console.log, console.error];
      console.log = console.error = (...parts: unknown[]) => void said.push(parts.join(" "));
      try {
        const code = await runGenerate([
          "--benchmark",
          benchmark,
          "--benchmark-name",
          "products",
          "--base-url",
          server.baseUrl,
          "--model",
          "m",
          "--resume",
          "--prefix-mode",
          "vllm",
          "--request-n",
          "native",
          "--request-stop",
          "native",
          "--search",
          "none",
          "--paradigm",
          "cot",
          "--concurrency",
          "1",
          "--out",
          join(folder, "run"),
          "--store",
          join(folder, "store"),
          ...more,
        ]);
        return { code, text: said.join("\n") };
      } finally {
        [console.log, console.error] = [log, error];
      }
    };
    await body({ go, folder, server, mend: () => isBroken = false });
  });
  await server.close();
}

const refusals: Record<string, () => Response> = {
  "400 System role not supported": () =>
    Response.json({ error: { message: "System role not supported" } }, { status: 400 }),
  "422 roles must alternate": () =>
    Response.json({ detail: "Conversation roles must alternate" }, { status: 422 }),
  "no text": () =>
    Response.json({ choices: [{ message: { content: null }, finish_reason: "stop" }] }),
};

for (const [name, refuse] of Object.entries(refusals)) {
  Deno.test(`${name}, for every request: the run stops after a few and is asked again`, async () => {
    await withRun((_, isBroken) => (isBroken() ? refuse() : null), async (run) => {
      const first = await run.go();
      assert.equal(first.code, 1);
      assert.match(first.text, /refused one attempt after the other: .*\(4 attempts\)/);
      assert.ok(run.server.requests.length <= 20, `${run.server.requests.length}`);
      assert.ok(!existsSync(join(run.folder, "run/trajectories/cot.jsonl")));
      run.mend();
      const second = await run.go();
      assert.equal(second.code, 0, second.text);
      const rows = await readJsonl(join(run.folder, "run/trajectories/cot.jsonl"), checkTrajectory);
      assert.equal(rows.filter(({ correct }) => correct).length, 12);
    });
  });
}

Deno.test("a few refusals among answers are failed attempts of their own", async () => {
  const intercept = ({ body }: { body: Record<string, unknown> }) =>
    /What is (2|7|8) times/.test(JSON.stringify(body.messages))
      ? Response.json({ error: { message: "That word is not allowed" } }, { status: 400 })
      : null;
  await withRun(intercept, async ({ go }) => {
    const { code, text } = await go();
    assert.equal(code, 0, text);
    assert.match(text, /correct +9 \(75/);
    assert.match(text, /That word is not allowed \(3 attempts\)/);
  });
});

Deno.test("refusals that are accepted are failed attempts, and nothing but them is no success", async () => {
  await withRun(() => refusals["400 System role not supported"](), async ({ go }) => {
    const { code, text } = await go("--accept-refusals");
    assert.equal(code, 1);
    assert.match(text, /Error: None of the 12 attempts came to an answer\. .*System role/);
  });
});

Deno.test("the lab's expert refuses questions that are not the lab's", async () => {
  await withFolder(async (folder) => {
    const benchmark = join(folder, "mine.jsonl");
    await writeFile(benchmark, '{"id":"a","question":"Who wrote Emma?","answer":"Jane Austen"}\n');
    const said: string[] = [];
    const error = console.error;
    console.error = (...parts: unknown[]) => void said.push(parts.join(" "));
    const out = join(folder, "run");
    const code = await runGenerate([
      ...["--benchmark", benchmark, "--benchmark-name", "mine"],
      ...["--lab-expert", "--out", out],
    ])
      .finally(() => console.error = error);
    assert.equal(code, 1);
    assert.match(said.join(), /answers the lab's questions only, and 1 of the 1 tasks of .*mine/);
    assert.ok(!existsSync(out));
  });
});

const use = {
  promptTokens: 100,
  cachedPromptTokens: 0,
  completionTokens: 20,
  reasoningTokens: 0,
  costUsd: 0.003,
  isEstimated: false,
};
const most = { promptTokens: 100, completionTokens: 90 };
const prices = { input: 10, output: 100 };

Deno.test("what was spent since the last saving survives a kill, requests under way at their most", async () => {
  await withFolder(async (folder) => {
    let spent = 0;
    for (let life = 0; life < 3; life++) {
      const log = await UsageLog.open(folder);
      log.keep(prices, null);
      assert.ok(Math.abs((log.earlier.costUsd ?? 0) - spent) < 1e-12, `${log.earlier.costUsd}`);
      assert.equal(log.lost, life === 0 ? 0 : 1);
      await (await log.admit(most)).settle(0.003, use);
      await (await log.admit(most)).settle(0);
      await (await log.admit(most)).settle(null);
      await log.admit(most);
      // Killed here: one answered, one that cost nothing, one that broke off, one under way.
      spent += 0.003 + 0.01 + 0.01;
      await appendFile(join(folder, "usage.log.jsonl"), '{"ended":9,"cos');
    }
    assert.equal((await readUsage(folder))!.requests, 3);
    const last = await UsageLog.open(folder);
    await last.close();
    assert.ok(!existsSync(join(folder, "usage.log.jsonl")));
    const after = await readUsage(folder);
    assert.ok(Math.abs(after!.costUsd! - spent) < 1e-12);
    assert.equal(after!.estimated, 6);
  });
});

Deno.test("a budget cannot be passed by killing and resuming", async () => {
  await withFolder(async (folder) => {
    let sent = 0;
    for (let life = 0; life < 50; life++) {
      const log = await UsageLog.open(folder);
      log.keep(prices, new Budget(0.1, prices, log.earlier.costUsd ?? 0));
      try {
        await log.admit(most);
        sent++;
      } catch (error) {
        assert.ok(error instanceof BudgetReachedError);
        break;
      }
    }
    assert.equal(sent, 10);
  });
});

Deno.test("a usage file that is no such file is named", async () => {
  await withFolder(async (folder) => {
    for (
      const text of [
        "null",
        "[]",
        '{"costUsd":"NaN"}',
        '{"requests":-1}',
        '{"promptTokens":null}',
        "{",
      ]
    ) {
      await writeFile(join(folder, "usage.json"), text);
      await assert.rejects(readUsage(folder), /Cannot read .*usage\.json/);
    }
    await writeFile(join(folder, "usage.json"), '{"requests":2,"costUsd":0.5}');
    const usage = await readUsage(folder);
    assert.deepEqual([usage!.requests, usage!.costUsd, usage!.estimated], [2, 0.5, 0]);
    await writeFile(join(folder, "usage.log.jsonl"), '{"ended":0,"costUsd":-1,"use":null}\n');
    await assert.rejects(readUsage(folder), /usage\.log\.jsonl line 1/);
    assert.ok((await readFile(join(folder, "usage.json"), "utf8")).includes("0.5"));
  });
});
