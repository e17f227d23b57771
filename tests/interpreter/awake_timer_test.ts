import assert from "node:assert/strict";
import { sleep } from "@potstill/runs/sleep.ts";
import { AwakeTimer } from "@potstill/interpreter/pyodide/awake_timer.ts";

/** Holds up the loop for so long, again and again, until the disposal. */
function holdingUp(ms: number): Disposable {
  const timer = setInterval(() => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  });
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

Deno.test("a timer ends when its time is over, and stands still when stopped", async () => {
  const started = performance.now();
  const ended = Promise.withResolvers<number>();
  const timer = new AwakeTimer(250, () => ended.resolve(performance.now() - started));
  timer.start();
  assert.ok(await ended.promise >= 245);
  const stopped = new AwakeTimer(50, () => assert.fail("it was stopped"));
  stopped.start();
  stopped.stop();
  stopped.stop();
  await sleep(120);
  assert.ok(stopped.left <= 50 && stopped.left >= 0, `${stopped.left}`);
});

Deno.test("time in which the loop is held up counts little, and does not go on for ever", async () => {
  const started = performance.now();
  const ended = Promise.withResolvers<number>();
  const timer = new AwakeTimer(250, () => ended.resolve(performance.now() - started));
  using _busy = holdingUp(300);
  timer.start();
  const ms = await ended.promise;
  assert.ok(ms > 700, `${ms}: three ticks of the loop, and one that is spared`);
});
