import assert from "node:assert/strict";
import { AdaptiveLimiter } from "@potstill/models/openai/adaptive_limiter.ts";
import { failureKind } from "@potstill/models/openai/endpoint_error.ts";
import { stripThinking } from "@potstill/records/turn/strip_thinking.ts";
import { afterPrefix } from "@potstill/models/openai/read_answer.ts";
import { backoffMs, retryAfterMs, waitInText } from "@potstill/models/openai/retry_after.ts";

Deno.test("Retry-After as seconds, milliseconds and date", () => {
  const at = (fields: Record<string, string>) => retryAfterMs(new Headers(fields), 1_000_000);
  assert.equal(at({ "retry-after": "2" }), 2000);
  assert.equal(at({ "retry-after": "0.5" }), 500);
  assert.equal(at({ "retry-after-ms": "30", "retry-after": "9" }), 30);
  assert.equal(at({ "retry-after": "Thu, 01 Jan 1970 00:16:45 GMT" }), 5000);
  assert.equal(at({ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }), 0);
  assert.equal(at({ "retry-after": "soon" }), null);
  assert.equal(at({ "retry-after": "-3" }), null);
  assert.equal(at({}), null);
});

Deno.test("backoff doubles, is bounded and spread", () => {
  assert.equal(backoffMs(1, 0.5, { baseMs: 100 }), 100);
  assert.equal(backoffMs(3, 0.5, { baseMs: 100 }), 400);
  assert.equal(backoffMs(30, 0.5, { baseMs: 100, maxMs: 700 }), 700);
  assert.equal(backoffMs(1, 0, { baseMs: 100 }), 50);
});

Deno.test("a status says whether to wait, repeat, change or stop", () => {
  assert.equal(failureKind(429, "slow down"), "rate-limit");
  assert.equal(failureKind(429, "insufficient_quota You exceeded"), "refused");
  assert.equal(failureKind(402, ""), "refused");
  assert.equal(failureKind(503, ""), "transient");
  assert.equal(failureKind(529, ""), "transient");
  assert.equal(failureKind(408, ""), "transient");
  assert.equal(failureKind(422, ""), "rejected");
});

Deno.test("a limit of a minute is no lack of credit, though it speaks of billing", () => {
  const slow = [
    "Rate limit reached on requests per min. Limit: 3 / min. Please try again in 20s. Visit /account/billing",
    "You exceeded your current quota, please check your plan and billing details. Please retry in 34.07s.",
    "Tokens per minute exceeded; see billing",
    "rate_limit_exceeded billing: try again after 5 seconds",
  ];
  for (const text of slow) assert.equal(failureKind(429, text), "rate-limit", text);
  const over = [
    "You exceeded your current quota, please check your plan and billing details.",
    "insufficient_quota",
    "Insufficient balance",
    "You are out of credits",
  ];
  for (const text of over) assert.equal(failureKind(429, text), "refused", text);
});

Deno.test("one text that is not wanted ends one attempt, not the run", () => {
  for (
    const text of ["Your input was flagged", "requires moderation", "content_policy_violation"]
  ) assert.equal(failureKind(403, text), "rejected", text);
  for (const text of ["Forbidden", "Key not allowed", "country not supported"]) {
    assert.equal(failureKind(403, text), "refused", text);
  }
});

Deno.test("a wait that only the text of the error tells", () => {
  assert.equal(waitInText("Please try again in 20s. Contact us"), 20_000);
  assert.equal(waitInText("Please retry in 34.5s."), 34_500);
  assert.equal(waitInText("please try again in 1m30.5s."), 90_500);
  assert.equal(waitInText("Try again in 6ms."), 6);
  assert.equal(waitInText("retry after 5 seconds"), 5000);
  for (const text of ["try again later", "retry in a while", "try again in 3 moons", ""]) {
    assert.equal(waitInText(text), null, text);
  }
});

Deno.test("thinking is taken out in all its shapes", () => {
  assert.equal(stripThinking("<think>a</think>\n\nb"), "b");
  assert.equal(stripThinking("a</think>\nb"), "b");
  assert.equal(stripThinking("<think>never closed"), "");
  assert.equal(stripThinking("a < b"), "a < b");
  assert.equal(stripThinking("<think>a</think>\nCode:", true), "\nCode:");
  assert.equal(stripThinking("x <think>a</think>y"), "x y");
});

Deno.test("a beginning is found whatever its white space", () => {
  assert.equal(afterPrefix("Thought:\n a  b c", "Thought: a b"), " c");
  assert.equal(afterPrefix("Thought: a", "Thought: a b"), null);
  assert.equal(afterPrefix("So: Thought", "Thought"), null);
});

Deno.test("the limiter serves in order and cuts once for failures that come together", async () => {
  let now = 0;
  const limiter = new AdaptiveLimiter({ max: 4, now: () => now });
  const order: number[] = [];
  const held: (() => void)[] = [];
  for (let i = 0; i < 4; i++) held.push(await limiter.take());
  const waiting = [0, 1, 2].map((i) =>
    limiter.take().then((release) => {
      order.push(i);
      held.push(release);
    })
  );
  limiter.throttled(0);
  limiter.throttled(0);
  assert.equal(limiter.limit, 4 * 0.7);
  now = 2000;
  limiter.throttled(0);
  assert.ok(Math.abs(limiter.limit - 4 * 0.49) < 1e-9);
  for (const release of held.splice(0)) release();
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(order, [0]);
  for (const release of held.splice(0)) release();
  await Promise.resolve();
  for (let i = 0; i < 8; i++) limiter.succeeded();
  await Promise.all(waiting);
  assert.deepEqual(order, [0, 1, 2]);
  assert.throws(() => new AdaptiveLimiter({ max: 0 }), RangeError);
});
