import assert from "node:assert/strict";
import { join } from "node:path";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { studentGguf } from "../../lib/student/gguf/student_gguf.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { askPeer, inFolder, peerTest } from "./ask_peer.ts";

interface Answer {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<
    Record<string, { readonly shape: number[]; readonly type: string; readonly first: number[] }>
  >;
}

const folder = new URL("../../data/base/0.3M", import.meta.url).pathname;

peerTest(
  "the gguf package reads our files: metadata, chat template, end of turn, numbers",
  ["train"],
  () =>
    inFolder(async (place) => {
      const student = await loadStudent(folder);
      const { config, tokenizer } = student;
      for (const type of ["f32", "f16", "q8_0"] as const) {
        const file = join(place, `${type}.gguf`);
        await exportGguf(file, student, { type });
        const { fields, tensors } = await askPeer<Answer>("train", "gguf_reader.py", { file });
        assert.equal(fields["general.architecture"], "qwen2");
        assert.equal(fields["qwen2.context_length"], config.max_position_embeddings);
        assert.equal(fields["qwen2.block_count"], config.num_hidden_layers);
        assert.equal(fields["tokenizer.chat_template"], tokenizer.chatTemplate().source);
        const tokens = fields["tokenizer.ggml.tokens"] as string[];
        assert.equal(tokens.length, config.vocab_size);
        assert.equal(tokens[fields["tokenizer.ggml.eos_token_id"] as number], "<|im_end|>");
        const CONTROL = 3;
        const types = fields["tokenizer.ggml.token_type"] as number[];
        for (const id of tokenizer.specialTokens.values()) assert.equal(types[id], CONTROL);
        const ours = studentGguf(student, { type });
        assert.deepEqual(Object.keys(tensors), ours.tensors.map(({ name }) => name));
        ours.tensors.forEach(({ name, shape, type: stored }, i) => {
          assert.deepEqual(tensors[name].shape, [...shape]);
          assert.equal(tensors[name].type.toLowerCase(), stored);
          const numbers = ours.numbers(i);
          const largest = Math.max(...numbers.slice(0, 64).map(Math.abs));
          const error = { f32: 0, f16: 1e-3, q8_0: 1e-2 }[stored];
          tensors[name].first.forEach((value, at) =>
            assert.ok(Math.abs(value - numbers[at]) <= error * largest, `${name} ${at}: ${value}`)
          );
        });
      }
    }),
);
