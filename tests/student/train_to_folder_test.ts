import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { saveStudent } from "@potstill/student/export/save_student.ts";
import { loadStudent } from "@potstill/student/load_student.ts";
import { createStudentModel } from "@potstill/student/student_model.ts";
import {
  trainToFolder,
  type TrainToFolderOptions,
} from "@potstill/student/train/train_to_folder.ts";
import { readTrainingSummary } from "@potstill/student/train/training_summary.ts";
import { weightsSha256 } from "@potstill/student/checkpoint/weights_hash.ts";
import { originOf, readOrigin } from "@potstill/training_data/student_origin.ts";
import type { Conversation } from "@potstill/training_data/tokenize_conversations.ts";
import { smallStudent } from "./small_student.ts";

const conversations: Conversation[] = Array.from({ length: 12 }, (_, i) => ({
  id: `c${i}`,
  messages: [
    { role: "user", content: `What follows ${i}?` },
    { role: "assistant", content: `It is ${i + 1}.` },
  ],
}));

const settings = { data: conversations, steps: 6, learningRate: 5e-3, batchTokens: 150, seed: 7 };

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Stops a training after some steps, as Ctrl-C does. */
async function interrupted(options: TrainToFolderOptions, afterSteps: number): Promise<void> {
  const stop = new AbortController();
  let steps = 0;
  const progress = {
    stage: () => ({
      update: () => {
        if (++steps === afterSteps) stop.abort(new Error("stopped by the test"));
      },
      done: () => {},
    }),
  } as unknown as TrainToFolderOptions["progress"];
  await assert.rejects(
    trainToFolder({ ...options, progress, signal: stop.signal }),
    /stopped by the test/,
  );
}

for (const adaptation of ["full", "lora"] as const) {
  Deno.test(`an interrupted and resumed training (${adaptation}) gives the same folder`, () =>
    withFolder(async (folder) => {
      const base = join(folder, "base");
      await saveStudent(base, await smallStudent());
      const options = { ...settings, student: base, adaptation, loraRank: 4 };
      const whole = await trainToFolder({ ...options, out: join(folder, "whole") });
      const out = join(folder, "broken");
      await interrupted({ ...options, out }, 2);
      assert.ok(!existsSync(join(out, "training.json")));
      await assert.rejects(
        trainToFolder({ ...options, out }),
        /Cannot train into .*broken: it holds an interrupted training/,
      );
      await assert.rejects(
        trainToFolder({ ...options, out, resume: true, learningRate: 1e-3 }),
        /its state is of a run with other examples or settings/,
      );
      await interrupted({ ...options, out, resume: true }, 2);
      const resumed = await trainToFolder({ ...options, out, resume: true });
      assert.equal(await weightsSha256(out), await weightsSha256(join(folder, "whole")));
      assert.notEqual(await weightsSha256(out), await weightsSha256(base));
      assert.deepEqual(resumed.losses, whole.losses);
      assert.equal(resumed.steps, 6);
      assert.equal(resumed.examples, 12);
      assert.ok(resumed.tokensPerSecond > 0 && resumed.peakMemoryMb! > 0);
      assert.deepEqual(
        [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
        ["base", "broken", "whole"],
      );
      // What is there is a student, and begins another training.
      const next = join(folder, "next");
      await trainToFolder({ ...settings, student: out, out: next, steps: 1 });
      const model = await createStudentModel(next);
      const { completions } = await model.complete({
        messages: conversations[0].messages.slice(0, 1),
        maxNewTokens: 4,
      });
      assert.equal(completions.length, 1);
      await model.dispose();
    }));
}

Deno.test("a finished folder is read on resumption, unless its settings are others", () =>
  withFolder(async (folder) => {
    const student = { ...await smallStudent(), base: null };
    const out = join(folder, "student");
    const options = { ...settings, student, out, steps: 1, settings: { rate: 5e-3 } };
    const first = await trainToFolder(options);
    assert.deepEqual(await trainToFolder({ ...options, resume: true }), first);
    assert.deepEqual(await readTrainingSummary(out), first);
    await assert.rejects(trainToFolder(options), /it holds a trained student/);
    await assert.rejects(
      trainToFolder({ ...options, resume: true, settings: { rate: 1e-3 } }),
      /it is finished, with other data or settings: \{"rate":0.005\}/,
    );
    await Deno.writeTextFile(join(out, "training.json"), `{"name": 3}`);
    await assert.rejects(
      trainToFolder({ ...options, resume: true }),
      /Cannot read .*training\.json: field name is 3/,
    );
    const full = join(folder, "full");
    await Deno.mkdir(full);
    await Deno.writeTextFile(join(full, "notes.txt"), "mine");
    for (const resume of [false, true]) {
      await assert.rejects(
        trainToFolder({ ...options, out: full, resume }),
        /Cannot train into .*full: it exists and is not empty/,
      );
    }
    assert.deepEqual([...Deno.readDirSync(full)].map(({ name }) => name), ["notes.txt"]);
  }));

Deno.test("conversations that cannot be learned are counted; with none left nothing is written", () =>
  withFolder(async (folder) => {
    const student = { ...await smallStudent(), base: null };
    const out = join(folder, "student");
    const odd: Conversation[] = [
      { id: "silent", messages: [{ role: "user", content: "Hello" }] },
      { id: "asked", messages: [...conversations[0].messages, { role: "user", content: "Why?" }] },
      {
        id: "long",
        messages: [
          { role: "user", content: "a b c ".repeat(2000) },
          { role: "assistant", content: "d" },
        ],
      },
    ];
    await assert.rejects(
      trainToFolder({ ...settings, student, out, data: odd }),
      /none of 3 conversations can be trained on; the first, silent: .*no assistant message/,
    );
    assert.ok(!existsSync(out));
    const { leftOut, examples } = await trainToFolder({
      ...settings,
      student,
      out,
      steps: 1,
      data: [...conversations, ...odd],
    });
    assert.equal(examples, 12);
    assert.deepEqual(leftOut, { "nothing-to-train": 1, unfinished: 1, "too-long": 1 });
  }));

Deno.test("the folder says what it was trained on, and ends with its end-of-turn token", () =>
  withFolder(async (folder) => {
    const { tokenizer, weights, config } = await smallStudent({ eos_token_id: 3 });
    const base = { name: "somebody/model", sha256: "0".repeat(64) };
    const out = join(folder, "student");
    await trainToFolder({
      ...settings,
      student: { tokenizer, weights, config: { ...config, torch_dtype: "bfloat16" }, base },
      out,
      steps: 1,
      origin: originOf([], base),
    });
    assert.deepEqual((await readOrigin(out))?.base, base);
    const saved = (await loadStudent(out)).config;
    assert.deepEqual(saved.eos_token_id, [tokenizer.specialId("<|im_end|>"), 3]);
    assert.equal(saved.torch_dtype, "float32");
    assert.match(await Deno.readTextFile(join(out, "README.md")), /base_model: "somebody\/model"/);
  }));
