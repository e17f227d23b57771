import assert from "node:assert/strict";
import { Places } from "@potstill/runs/places.ts";

Deno.test("places are given in the order in which they are asked for, and given back once", async () => {
  const places = new Places(1);
  const release = await places.take();
  const order: string[] = [];
  const b = places.take().then((give) => (order.push("b"), give));
  const c = places.take().then((give) => (order.push("c"), give));
  assert.deepEqual([places.taken, places.waiting, places.isFull], [1, 2, true]);
  release();
  release();
  (await b)();
  (await c)();
  assert.deepEqual(order, ["b", "c"]);
  assert.deepEqual([places.taken, places.waiting, places.isFull], [0, 0, false]);
});

Deno.test("who gives up leaves the queue, and the next is not forgotten", async () => {
  const places = new Places(1);
  const release = await places.take();
  const controller = new AbortController();
  const given = places.take(controller.signal);
  const next = places.take();
  controller.abort(new Error("gave up"));
  await assert.rejects(given, { message: "gave up" });
  assert.equal(places.waiting, 1);
  release();
  (await next)();
  await assert.rejects(places.take(controller.signal), { message: "gave up" });
  assert.equal(places.taken, 0);
});

Deno.test("a higher limit lets those in who wait, a lower one takes nothing away", async () => {
  const places = new Places(1);
  const held = [await places.take()];
  const waiting = [places.take(), places.take()];
  places.limit = 2.9;
  held.push(await waiting[0]);
  assert.deepEqual([places.taken, places.waiting], [2, 1]);
  places.limit = 1;
  held[0]();
  assert.deepEqual([places.taken, places.waiting], [1, 1]);
  held[1]();
  (await waiting[1])();
  assert.throws(() => new Places(0), RangeError);
  assert.throws(() => new Places(NaN), RangeError);
});
