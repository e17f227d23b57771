import assert from "node:assert/strict";
import { join } from "node:path";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { askPeer, inFolder, peerTest } from "./ask_peer.ts";
import { type Exported, exported, firstDifference, trainingSources } from "./conversations.ts";

type Rows = readonly { readonly ids: readonly number[]; readonly trained: readonly number[] }[];

/** Other trainers' preprocessing, each in its environment on its own export. */
const TRAINERS = [
  ["LLaMA-Factory's preprocessing", "llama-factory", "llama-factory", "llama_factory.py"],
  ["Axolotl's preprocessing", "axolotl", "axolotl", "axolotl.py"],
  ["Unsloth's masking function", "train", "unsloth", "unsloth.py"],
] as const;

for (const [name, environment, format, script] of TRAINERS) {
  peerTest(`${name} gives our masks`, [environment], () =>
    inFolder(async (folder) => {
      const student = await loadStudent(
        new URL("../../data/base/0.3M", import.meta.url).pathname,
      );
      const model = join(folder, "model");
      await saveStudent(model, student, { onnx: false });
      const jobs: Record<string, object> = {};
      const ours: Record<string, Exported> = {};
      for (const [source, loaded] of Object.entries(await trainingSources(folder))) {
        ours[source] = await exported(
          join(folder, `${source}-export`),
          loaded,
          format,
          student.tokenizer,
        );
        const about = JSON.parse(
          await Deno.readTextFile(join(ours[source].path, "export.json")),
        );
        jobs[source] = {
          ...{ export: ours[source].path, model, out: join(folder, "out") },
          last: about.supervision === "last-assistant",
        };
      }
      const answers = await askPeer<Record<string, Rows>>(environment, script, { jobs });
      const end = student.tokenizer.specialId("<|im_end|>");
      for (const [source, { examples }] of Object.entries(ours)) {
        const rows = answers[source];
        if (script !== "llama_factory.py") {
          assert.equal(firstDifference(rows, examples), null, source);
          continue;
        }
        // Its template chatml takes the line break after a turn's end for the turn's.
        const less = rows.map(({ ids, trained }) => ({
          ids,
          trained: trained.map((one, i) => i > 0 && ids[i - 1] === end ? 0 : one),
        }));
        assert.equal(firstDifference(less, examples), null, source);
        assert.ok(rows.some(({ trained }, i) => trained.join() !== less[i].trained.join()));
      }
    }));
}
