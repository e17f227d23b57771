import assert from "node:assert/strict";
import { figureRatio, figuresTable } from "../../bench/figures.ts";
import { treeUse } from "../../bench/process_tree.ts";
import { runScript } from "../../bench/run_script.ts";

const LINUX = Deno.build.os === "linux";

/** A checkout whose one benchmark starts a process that outlives it. */
async function inCheckout(work: (root: string) => Promise<void>) {
  const root = await Deno.makeTempDir({ prefix: "potstill-bench-" }) + "/";
  try {
    await Deno.mkdir(`${root}bench`);
    await Deno.writeTextFile(
      `${root}bench/slow.ts`,
      `const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
await Deno.writeTextFile("pid", String(child.pid));
await child.status;`,
    );
    await Deno.writeTextFile(`${root}bench/quick.ts`, `console.log("a\\n" + '{"figure":99.97}')`);
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test({
  name: "a benchmark that takes too long ends with all that it started",
  ignore: !LINUX,
  fn: () =>
    inCheckout(async (root) => {
      const { ok, problem, durationMs } = await runScript(root, "slow", [], { limitSeconds: 2 });
      assert.ok(!ok);
      assert.equal(problem, "it took longer than 2 s");
      assert.ok(durationMs < 30_000, `${durationMs} ms`);
      const pid = Number(await Deno.readTextFile(`${root}pid`));
      assert.equal(treeUse(pid).residentBytes, 0, "its child has ended");
    }),
});

Deno.test({
  name: "an interrupted benchmark says so, another gives its last line",
  ignore: !LINUX,
  fn: () =>
    inCheckout(async (root) => {
      const signal = AbortSignal.timeout(1500);
      assert.equal((await runScript(root, "slow", [], { signal })).problem, "it was interrupted");
      const { ok, result } = await runScript(root, "quick", []);
      assert.deepEqual([ok, result], [true, { figure: 99.97 }]);
    }),
});

Deno.test("figures are shown with three digits, and no verdict where rounds are missing", () => {
  const line = { name: "x", unit: "ms", better: "lower" as const };
  const show = (median: number) => {
    const measured = { median, low: median, high: median };
    return figuresTable([{ ...line, measured }], null).split("\n")[1].split(/ {2,}/)[1];
  };
  assert.deepEqual([99.97, 0.5, 12.345, 1234.5].map(show), ["100", "0.5", "12.3", "1235"]);
  const against = (ratios: number[], rounds: number) =>
    figuresTable([{ ...line, measured: null, ratios, rounds }], "abc").split("\n")[1];
  assert.match(against([0.5, 0.6, 0.7], 3), /better/);
  assert.match(against([0.5, 0.6], 3), /1 of 3 rounds are missing/);
  assert.match(against([0.5, 1.2], 2), /no difference in all rounds/);
  assert.match(against([0.5], 1), /one round says little/);
});

Deno.test("kinds are compared each with itself, and other kinds not at all", () => {
  const figure = { name: "x", unit: "ratio", better: "lower" as const, path: ["kinds", "*", "ms"] };
  const measured = (...all: unknown[]) => ({
    ok: true,
    result: { kinds: all.map((ms) => ({ ms })) },
  });
  // The middle one of three stays, two halve: the median of all would tell of no change.
  const halved = figureRatio(measured(0.5, 4, 50), measured(1, 4, 100), figure)!;
  assert.ok(Math.abs(halved - 0.25 ** (1 / 3)) < 1e-12, `${halved}`);
  assert.equal(figureRatio(measured({ p10: 1, p50: 2, p90: 9 }), measured([4, 4, 7]), figure), 0.5);
  assert.equal(figureRatio(measured(1, 2), measured(1), figure), null);
  assert.equal(figureRatio(measured("?", 2), measured(1, "?"), figure), null);
  const named = (...kinds: [string, number][]) => ({
    ok: true,
    result: { kinds: kinds.map(([name, ms]) => ({ name, ms })) },
  });
  assert.equal(figureRatio(named(["a", 1], ["b", 8]), named(["b", 8], ["a", 1]), figure), 1);
  assert.equal(figureRatio(named(["a", 1], ["b", 8]), named(["a", 1], ["c", 8]), figure), null);
  assert.equal(figureRatio(measured(1), measured(0), figure), null);
  assert.equal(figureRatio({ ...measured(1), ok: false }, measured(1), figure), null);
  const alone = { ...figure, path: ["ms"] };
  assert.equal(
    figureRatio({ ok: true, result: { ms: 3 } }, { ok: true, result: { ms: 2 } }, alone),
    1.5,
  );
});
