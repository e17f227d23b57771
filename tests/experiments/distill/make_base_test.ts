import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBase } from "../../../lib/experiments/distill/make_base.ts";
import { openProgress } from "../../../lib/runs/progress/open_progress.ts";
import { readCheckpoint } from "../../../lib/student/checkpoint/checkpoint_folder.ts";

const root = await mkdtemp(join(tmpdir(), "potstill-base-"));
const make = (name: string, seed: number, from?: string) =>
  makeBase({
    studentSize: "0.3M",
    settings: { seed, baseTexts: 30 },
    ...(from === undefined ? {} : { from: join(root, from) }),
    out: join(root, name),
    run: join(root, `${name}-run`),
    progress: openProgress("silent"),
  });
const json = async (...path: string[]) => JSON.parse(await readFile(join(root, ...path), "utf8"));

Deno.test("a base model goes on from another: its tokenizer, weights, losses and recipe", async () => {
  const first = await make("first", 0);
  const second = await make("second", 1, "first");
  assert.deepEqual(await json("second", "tokenizer.json"), await json("first", "tokenizer.json"));
  assert.deepEqual(
    (await json("second", "recipe.json")).recipe.from,
    await json("first", "recipe.json"),
  );
  const steps = second.losses.map(({ step }) => step);
  assert.equal(steps.length > first.losses.length, true);
  assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
  assert.deepEqual(second.losses.slice(0, first.losses.length), first.losses);
  assert.ok(second.losses.at(-1)!.loss < first.losses[0].loss);
  assert.ok(second.durationMs > first.durationMs);
  const [before, after] = await Promise.all(
    ["first", "second"].map(async (name) =>
      (await readCheckpoint(join(root, name))).weights.get("model.norm.weight")!.data
    ),
  );
  assert.notDeepEqual(after, before);
  await assert.rejects(make("third", 1, "none"), /none/);
  await rm(join(root, "first", "recipe.json"));
  await assert.rejects(
    make("third", 1, "first"),
    /^Error: Cannot go on from the base model .*first: recipe\.json: /,
  );
  assert.ok(!existsSync(join(root, "third")));
  await rm(root, { recursive: true });
});
