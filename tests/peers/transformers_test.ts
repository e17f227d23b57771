import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheShape } from "../../lib/student/generate/group_pools.ts";
import { openStudentSession } from "../../lib/student/generate/open_student_session.ts";
import { Prefill } from "../../lib/student/generate/prefill.ts";
import { PrefixCache } from "../../lib/student/generate/prefix_cache.ts";
import type { StudentParts } from "../../lib/student/generate/engine_options.ts";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { trainToFolder } from "../../lib/student/train/train_to_folder.ts";
import { sampleTexts } from "../tokenizer/sample_texts.ts";
import { askPeer, inFolder, peerTest, smolLm2 } from "./ask_peer.ts";

interface Answer {
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
  readonly chats: readonly (readonly number[])[];
  readonly special: readonly number[];
  readonly logits: readonly (readonly (readonly number[])[])[];
  readonly adapted?: Answer["logits"];
  readonly theirs?: Answer["logits"];
}

const TEXTS = [
  "x = 12345 + 67.5",
  "On 2024-01-02 at 13:37\n\n  two  blanks\ttab\r\n",
  'Thought: I\'ll look it up.\nCode:\n```py\nprint(web_search("São Paulo"))\n```<end_code>',
  "<|im_start|>user\nA 1234<|im_end|>\n",
  "你好 नमस्ते 😀 ﬁ e\u0301",
];
const CHATS = [
  [{ role: "user", content: "What is 12 * 345?" }],
  [
    { role: "system", content: "Solve it." },
    { role: "user", content: "Q 1999" },
    { role: "assistant", content: "Thought: 1" },
    { role: "user", content: "Observation:\n42" },
  ],
] as const;

async function logitsOf(student: StudentParts, prompts: readonly Int32Array[]) {
  const session = await openStudentSession(student, "float32", {});
  const prefill = new Prefill(session, cacheShape(student.config), new PrefixCache(1));
  const all: Float32Array[] = [];
  for (const prompt of prompts) all.push((await prefill.read(prompt, true)).logits.slice());
  await session.release();
  return all;
}

/** Largest difference of logits, as a part of the largest logit. */
function difference(theirs: Answer["logits"], ours: readonly Float32Array[]): number {
  let [worst, largest] = [0, 0];
  theirs.forEach((rows, i) =>
    rows.flat().forEach((value, at) => {
      worst = Math.max(worst, Math.abs(value - ours[i][at]));
      largest = Math.max(largest, Math.abs(value));
    })
  );
  return worst / largest;
}

const students: readonly (readonly [string, string | null])[] = [
  ["a lab student's folder", new URL("../../data/base/0.3M", import.meta.url).pathname],
  ["SmolLM2's folder", smolLm2()],
];

for (const [name, path] of students) {
  peerTest(
    `transformers has our ids and logits, PEFT our adapter and we PEFT's, with ${name}`,
    ["train"],
    () =>
      inFolder(async (folder) => {
        const student = await loadStudent(path!);
        const model = join(folder, "model");
        await saveStudent(model, student, { onnx: false });
        const texts = [...TEXTS, ...sampleTexts(100, "peers")];
        const template = student.tokenizer.chatTemplate();
        const chats = CHATS.map((chat) =>
          student.tokenizer.encode(template.render(chat, { addGenerationPrompt: true }))
        );
        const isSmall = student.config.hidden_size < 500;
        const adapters = isSmall ? await trainedAdapter(model, folder) : {};
        const answer = await askPeer<Answer>("train", "transformers.py", {
          folder: model,
          texts,
          chats: CHATS,
          prompts: chats.map((ids) => [...ids]),
          ...adapters,
        });
        texts.forEach((text, i) => {
          const ids = student.tokenizer.encode(text);
          assert.deepEqual(answer.ids[i], [...ids], text);
          assert.equal(answer.decoded[i], student.tokenizer.decode(ids), text);
        });
        assert.deepEqual(answer.chats, chats.map((ids) => [...ids]));
        assert.equal(answer.special[0], student.tokenizer.specialId("<|im_end|>"));
        assert.ok(difference(answer.logits, await logitsOf(student, chats)) < 1e-4);
        if (answer.adapted === undefined) return;
        const { adapter, peft } = adapters as { adapter: string; peft: string };
        assert.ok(difference(answer.adapted, answer.logits.map((rows) => floats(rows))) > 1e-3);
        const ours = await logitsOf(await loadStudent(adapter), chats);
        assert.ok(difference(answer.adapted, ours) < 1e-4);
        const theirs = await logitsOf(await loadStudent(peft), chats);
        assert.ok(difference(answer.theirs!, theirs) < 1e-4);
      }),
    { [name]: path !== null },
  );
}

const floats = (rows: readonly (readonly number[])[]) => Float32Array.from(rows.flat());

/** An adapter of Potstill's LoRA training, and a folder for one of PEFT's. */
async function trainedAdapter(model: string, folder: string) {
  const data = [0, 1, 2, 3].map((i) => ({
    id: `c${i}`,
    messages: [
      { role: "user", content: `What follows ${i}?` },
      { role: "assistant", content: `It is ${i + 1}.` },
    ] as const,
  }));
  const out = join(folder, "trained");
  const steps = { steps: 3, learningRate: 1e-2, seed: 1 };
  await trainToFolder({ student: model, data, out, adaptation: "lora", loraRank: 4, ...steps });
  return { adapter: join(out, "adapter"), peft: join(folder, "peft") };
}
