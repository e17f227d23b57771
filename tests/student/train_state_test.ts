import assert from "node:assert/strict";
import { join } from "node:path";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { packExamples } from "@potstill/student/train/packed_row.ts";
import { Trainer } from "@potstill/student/train/trainer.ts";
import { TRAINING_STATE_FILE } from "@potstill/student/train/training_state.ts";
import { initWeights } from "@potstill/student/weights.ts";

const config = studentPreset("0.3M", 20, { hidden_size: 16, intermediate_size: 24 });
const examples = Array.from({ length: 12 }, (_, k) => ({
  ids: Int32Array.from({ length: 20 + k }, (_, i) => (i * (k + 1)) % 20),
  trained: Uint8Array.from({ length: 20 + k }, (_, i) => i & 1),
}));
const rows = packExamples(examples, { rowLength: 40, seed: 1 });
const create = (threads: number) => Trainer.create(config, initWeights(config, 2), { threads });

async function withFolder(run: (dir: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

for (const threads of [1, 2, 3]) {
  Deno.test(`a saved state goes on bit for bit with ${threads} threads`, () =>
    withFolder(async (dir) => {
      await using first = await create(threads);
      for (let i = 0; i < 3; i++) await first.step(rows);
      await first.saveState(dir, "my note");
      assert.deepEqual([...Deno.readDirSync(dir)].map((entry) => entry.name), [
        TRAINING_STATE_FILE,
      ]);
      await using second = await create(threads);
      assert.deepEqual(await second.loadState(dir), { step: 3, note: "my note" });
      assert.deepEqual(await second.weights(), await first.weights());
      for (let i = 0; i < 3; i++) {
        const options = { learningRate: 1e-3 * (i + 1) };
        const [{ ms: _, ...a }, { ms: __, ...b }] = await Promise.all([
          first.step(rows, options),
          second.step(rows, options),
        ]);
        assert.deepEqual(a, b);
      }
      assert.deepEqual(await second.weights(), await first.weights());
    }));
}

Deno.test("any number of threads computes the same step, but for rounding", async () => {
  const results: number[][] = [];
  for (const threads of [1, 2, 5]) {
    await using trainer = await create(threads);
    const { loss, gradNorm, tokens, trainedTokens } = await trainer.step(rows);
    results.push([loss, gradNorm, tokens, trainedTokens]);
  }
  for (const result of results) {
    result.forEach((value, i) => assert.ok(Math.abs(value - results[0][i]) < 1e-5 * value));
  }
});

Deno.test("a bad or foreign state gives one clear error and changes nothing", () =>
  withFolder(async (dir) => {
    await using trainer = await create(1);
    assert.equal(await trainer.loadState(dir), null);
    await trainer.step(rows);
    await trainer.saveState(dir);
    const path = join(dir, TRAINING_STATE_FILE);
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 10));
    await assert.rejects(trainer.loadState(dir), /training_state\.safetensors: .*truncated/);
    await Deno.writeFile(path, bytes);
    const other = studentPreset("0.3M", 21, { hidden_size: 16, intermediate_size: 24 });
    await using foreign = await Trainer.create(other, initWeights(other, 1), { threads: 1 });
    const before = await foreign.weights();
    await assert.rejects(foreign.loadState(dir), /it is of another student/);
    assert.deepEqual(await foreign.weights(), before);
    await Deno.writeTextFile(join(dir, "file"), "");
    await assert.rejects(trainer.saveState(join(dir, "file")), /Cannot write .*file/);
    await assert.rejects(
      Trainer.create(config, initWeights(config, 2), { threads: 0 }),
      /threads must be a positive whole number, not 0/,
    );
  }));

Deno.test("a process killed while it trains leaves a state that goes on", () =>
  withFolder(async (dir) => {
    const script = `
      import { trainStudent } from "@potstill/student/train/train_student.ts";
      import { studentPreset } from "@potstill/student/student_presets.ts";
      const config = studentPreset("0.3M", 20, { hidden_size: 16, intermediate_size: 24 });
      const examples = Array.from({ length: 12 }, (_, k) => ({
        ids: Int32Array.from({ length: 20 + k }, (_, i) => (i * (k + 1)) % 20),
        trained: Uint8Array.from({ length: 20 + k }, (_, i) => i & 1),
      }));
      const options = { config, examples, steps: 60, seed: 1, learningRate: 5e-3, threads: 1,
        batchTokens: 100, checkpointDir: Deno.args[0], checkpointEveryMs: 0, resume: true };
      const { weights, history } = await trainStudent({ ...options,
        onStep: ({ step }) => console.log(step) });
      const { createHash } = await import("node:crypto");
      const hash = createHash("sha256").update(JSON.stringify(history));
      for (const { data } of weights.values()) hash.update(data);
      console.log(hash.digest("hex"));
    `;
    const spawn = (folder: string) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--ext=ts", "-", folder],
        cwd: new URL("../../", import.meta.url),
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
    const lines = async (folder: string, killAfter: number) => {
      const child = spawn(folder);
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(script));
      await writer.close();
      let text = "";
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (text.trim().split("\n").length >= killAfter) child.kill("SIGKILL");
      }
      await child.status;
      return text.trim().split("\n");
    };
    const whole = await lines(join(dir, "whole"), Infinity);
    await lines(join(dir, "killed"), 15);
    await lines(join(dir, "killed"), 10);
    const rest = await lines(join(dir, "killed"), Infinity);
    assert.ok(Number(rest[0]) > 15, `it began anew at ${rest[0]}`);
    assert.equal(rest.at(-1), whole.at(-1));
    assert.match(whole.at(-1)!, /^[0-9a-f]{64}$/);
  }));
