import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { weightsSha256 } from "../../lib/student/checkpoint/weights_hash.ts";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { findStudent } from "../../lib/student/find_student.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { readStudentConfig } from "../../lib/student/read_student_config.ts";
import { trainToFolder } from "../../lib/student/train/train_to_folder.ts";
import type { Weights } from "../../lib/student/weights.ts";
import { smallStudent } from "./small_student.ts";

const data = Array.from({ length: 6 }, (_, i) => ({
  id: `c${i}`,
  messages: [
    { role: "user", content: `What follows ${i}?` },
    { role: "assistant", content: `It is ${i + 1}.` },
  ] as const,
}));

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertClose(got: Weights, want: Weights): void {
  assert.deepEqual([...got.keys()].sort(), [...want.keys()].sort());
  for (const [name, { data }] of want) {
    const other = got.get(name)!.data;
    assert.ok(data.every((value, i) => Math.abs(value - other[i]) < 1e-6), name);
  }
}

Deno.test("the adapter of a LoRA training is a student, of a folder and of a GGUF file", () =>
  inFolder(async (folder) => {
    const base = join(folder, "base");
    const gguf = join(folder, "base.gguf");
    await saveStudent(base, await smallStudent());
    await exportGguf(gguf, await smallStudent(), { type: "f32" });
    for (const student of [base, gguf]) {
      const out = join(folder, student === base ? "of-folder" : "of-file");
      const steps = { steps: 2, learningRate: 1e-2, seed: 1 };
      await trainToFolder({ student, data, out, adaptation: "lora", loraRank: 4, ...steps });
      const adapter = join(out, "adapter");
      const config = JSON.parse(await Deno.readTextFile(join(adapter, "adapter_config.json")));
      assert.equal(config.base_model_name_or_path, student);
      assert.equal(config.r, 4);
      assert.deepEqual(await findStudent(adapter), {
        kind: "folder",
        name: "adapter",
        path: adapter,
      });
      const [merged, adapted] = [await loadStudent(out), await loadStudent(adapter)];
      assertClose(adapted.weights, merged.weights);
      assert.deepEqual(adapted.tokenizer.files.config, merged.tokenizer.files.config);
      assert.deepEqual(await readStudentConfig(adapter), adapted.config);
      assert.match(await weightsSha256(adapter), /^[0-9a-f]{64}$/);
      assert.notEqual(await weightsSha256(adapter), await weightsSha256(student));
      // It can be trained on, and its origin is the adapted model.
      const more = join(folder, `more-${student === base}`);
      await trainToFolder({ student: adapter, data, out: more, ...steps });
      const origin = JSON.parse(await Deno.readTextFile(join(out, "training.json")));
      assert.equal(origin.steps, 2);
      assert.ok(!existsSync(join(more, "adapter")));
    }
  }));

Deno.test("an adapter without its base model says which one is missing", () =>
  inFolder(async (folder) => {
    const base = join(folder, "base");
    await saveStudent(base, await smallStudent());
    const out = join(folder, "out");
    const steps = { steps: 1, learningRate: 1e-2, seed: 1 };
    await trainToFolder({ student: base, data, out, adaptation: "lora", loraRank: 2, ...steps });
    const adapter = join(out, "adapter");
    const path = join(adapter, "adapter_config.json");
    const config = JSON.parse(await Deno.readTextFile(path));
    const cases: [unknown, RegExp][] = [
      [null, /adapter.* base model null \(base_model_name_or_path\) is no name/],
      [join(folder, "gone"), /base model ".*gone" .*cannot be opened: .*no folder, no GGUF file/],
      [adapter, /is an adapter itself/],
    ];
    for (const [given, message] of cases) {
      await Deno.writeTextFile(
        path,
        JSON.stringify({ ...config, base_model_name_or_path: given }),
      );
      await assert.rejects(findStudent(adapter), message);
    }
    // Another model's adapter does not fit.
    const wide = await smallStudent();
    const other = { ...wide, config: { ...wide.config, num_hidden_layers: 1 } };
    const weights = new Map(
      [...wide.weights].filter(([name]) => !/layers\.[1-9]/.test(name)),
    );
    await saveStudent(join(folder, "other"), { ...other, weights });
    await Deno.writeTextFile(
      path,
      JSON.stringify({ ...config, base_model_name_or_path: join(folder, "other") }),
    );
    await assert.rejects(loadStudent(adapter), /adapter_model\.safetensors.*layers\.1/);
  }));
