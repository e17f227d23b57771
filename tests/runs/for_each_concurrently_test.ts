import assert from "node:assert/strict";
import { forEachConcurrently, StoppedError } from "@potstill/runs/for_each_concurrently.ts";

/** A promise with its ends outside. */
function gate() {
  return Promise.withResolvers<void>();
}

Deno.test("no more than so many are worked on at once, each item once and in order", async () => {
  let underWay = 0;
  let most = 0;
  const begun: number[] = [];
  await forEachConcurrently([...Array(20).keys()], { concurrency: 3 }, async (i) => {
    begun.push(i);
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, i % 3));
    underWay--;
  });
  assert.equal(most, 3);
  assert.deepEqual(begun, [...Array(20).keys()]);
});

Deno.test("the first failure stops the pool, tells the others, and is thrown when they have ended", async () => {
  const isBegun = gate();
  const ended: string[] = [];
  const running = forEachConcurrently(["slow", "fails", "never"], { concurrency: 2 }, async (
    item,
    stopping,
  ) => {
    if (item === "fails") {
      await isBegun.promise;
      throw new Error("fatal");
    }
    const isTold = new Promise<void>((resolve) =>
      stopping.addEventListener("abort", () => resolve())
    );
    isBegun.resolve();
    await isTold;
    assert.ok(stopping.reason instanceof StoppedError);
    ended.push(item);
    throw new Error("a later failure");
  });
  await assert.rejects(running, { message: "fatal" });
  assert.deepEqual(ended, ["slow"]);
});

Deno.test("an item's own failure lets the others go on", async () => {
  const done: number[] = [];
  const failed: number[] = [];
  const isItemFailure = (error: unknown, item: number) => {
    failed.push(item);
    return (error as Error).message === "item";
  };
  await forEachConcurrently([1, 2, 3, 4], { concurrency: 2, isItemFailure }, (i) => {
    if (i % 2 === 0) return Promise.reject(new Error("item"));
    done.push(i);
    return Promise.resolve();
  });
  assert.deepEqual([done, failed], [[1, 3], [2, 4]]);
  const stopped = forEachConcurrently([1, 2, 3], { concurrency: 1, isItemFailure }, (i) => {
    done.push(i);
    return Promise.reject(new Error(i === 2 ? "fatal" : "item"));
  });
  await assert.rejects(stopped, { message: "fatal" });
  assert.deepEqual(done, [1, 3, 1, 2]);
});

Deno.test("work that asks before it goes on is ended by the stop, and that is no failure of its item", async () => {
  const controller = new AbortController();
  const failed: number[] = [];
  const running = forEachConcurrently([1, 2, 3], {
    concurrency: 1,
    signal: controller.signal,
    isItemFailure: (_, item) => failed.push(item) > 0,
  }, (_, stopping) => {
    controller.abort(new Error("enough"));
    stopping.throwIfAborted();
    return Promise.resolve();
  });
  await assert.rejects(running, { message: "enough" });
  assert.deepEqual(failed, []);
});

Deno.test("a stop of another pool is a failure here", async () => {
  const work = () => Promise.reject(new StoppedError("of another"));
  await assert.rejects(forEachConcurrently([1], { concurrency: 1 }, work), {
    message: "of another",
  });
});

Deno.test("nothing is begun after the signal, and what is thrown is its reason", async () => {
  let begun = 0;
  const signal = AbortSignal.abort(new Error("already"));
  const running = forEachConcurrently([1, 2], { concurrency: 2, signal }, () => {
    begun++;
    return Promise.resolve();
  });
  await assert.rejects(running, { message: "already" });
  assert.equal(begun, 0);
});

Deno.test("a concurrency that works on nothing is refused; a large one costs nothing", async () => {
  for (const concurrency of [0, -1, NaN, 0.5]) {
    await assert.rejects(
      forEachConcurrently([1], { concurrency }, () => Promise.resolve()),
      { message: `Cannot work on anything: concurrency is ${concurrency}` },
    );
  }
  const done: number[] = [];
  await forEachConcurrently([1, 2], { concurrency: Infinity }, (i) => {
    done.push(i);
    return Promise.resolve();
  });
  await forEachConcurrently([], { concurrency: 2 ** 40 }, () => Promise.reject(new Error("none")));
  assert.deepEqual(done, [1, 2]);
});
