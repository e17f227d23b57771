import assert from "node:assert/strict";
import { Random } from "../../lib/records/random.ts";

Deno.test("equal seeds give equal streams, forks are independent of use", () => {
  const a = new Random(7);
  const b = new Random(7);
  a.next();
  assert.equal(a.fork("x").next(), b.fork("x").next());
  assert.notEqual(a.fork("x").next(), a.fork("y").next());
});

Deno.test("numbers are uniform: mean, spread and integer bounds", () => {
  const random = new Random("uniform");
  const n = 20_000;
  const counts = new Array(10).fill(0);
  for (let i = 0; i < n; i++) counts[random.integer(0, 9)]++;
  for (const count of counts) assert.ok(Math.abs(count - n / 10) < 5 * Math.sqrt(n / 10));
});

Deno.test("normal draws have mean 0 and deviation 1", () => {
  const random = new Random("normal");
  const draws = Array.from({ length: 20_000 }, () => random.normal());
  const mean = draws.reduce((s, x) => s + x, 0) / draws.length;
  const variance = draws.reduce((s, x) => s + (x - mean) ** 2, 0) / draws.length;
  assert.ok(Math.abs(mean) < 0.04 && Math.abs(variance - 1) < 0.06);
});

Deno.test("a shuffle keeps every item", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = new Random(3).shuffle(items);
  assert.notDeepEqual(shuffled, items);
  assert.deepEqual([...shuffled].sort((a, b) => a - b), items);
});

Deno.test("nothing to pick from is an error", () => {
  assert.throws(() => new Random(1).pick([]), RangeError);
});
