import assert from "node:assert/strict";
import { resolveAgentOptions } from "@potstill/agent/agent_options.ts";
import { sleep } from "@potstill/runs/sleep.ts";
import { retrieveClient } from "@potstill/retrieval/server/retrieve_client.ts";
import { checkTimeout, MAX_TIMER_MS } from "@potstill/runs/timer_limit.ts";

const WRONG = [3e9, 2 ** 31, Infinity, -Infinity, NaN, 0, -1];

Deno.test("a time limit that no timer keeps is refused, with its name and value", () => {
  for (const ms of WRONG) {
    const text = new RegExp(
      `Cannot do it: waitMs is ${ms}, not a number above 0 and up to 2147483647`,
    );
    assert.throws(() => checkTimeout("do it", "waitMs", ms), text);
  }
  assert.throws(() => checkTimeout("do it", "waitMs", "5" as unknown as number), /waitMs is 5/);
  for (const ms of [0.5, 1, MAX_TIMER_MS]) assert.equal(checkTimeout("do it", "waitMs", ms), ms);
});

Deno.test("options that set timers refuse what they would turn into nothing", () => {
  for (const ms of WRONG) {
    assert.throws(() => retrieveClient("http://127.0.0.1:1", { timeoutMs: ms }), /timeoutMs is/);
    assert.throws(() => resolveAgentOptions({ stepTimeoutMs: ms }), /stepTimeoutMs/);
  }
});

Deno.test("a wait longer than a timer can be set to does not end at once", async () => {
  const stop = new AbortController();
  const waiting = sleep(1e12, stop.signal);
  const first = await Promise.race([
    waiting.then(() => "it ended"),
    new Promise((resolve) => setTimeout(() => resolve("it waits"), 200)),
  ]);
  assert.equal(first, "it waits");
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});
