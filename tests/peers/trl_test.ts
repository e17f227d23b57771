import assert from "node:assert/strict";
import { join } from "node:path";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import type { Trajectory } from "../../lib/records/trajectory.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { writeExport } from "../../lib/training_data/formats/write_export.ts";
import { loadTrainingData } from "../../lib/training_data/load_training_data.ts";
import { openLab } from "../../lib/workbench/open_lab.ts";
import { askPeer, inFolder, peerTest, smolLm2 } from "./ask_peer.ts";
import {
  type Exported,
  exported,
  firstDifference,
  type Source,
  trainingSources,
} from "./conversations.ts";

interface Answer {
  readonly rows: readonly {
    readonly ids: readonly number[];
    readonly trained: readonly number[];
  }[];
  readonly loss: number | null;
  readonly changed: boolean;
}

const students: readonly (readonly [string, string | null])[] = [
  ["a lab student's folder", new URL("../../data/base/0.3M", import.meta.url).pathname],
  ["SmolLM2's folder", smolLm2()],
];

peerTest(
  "TRL's DPOTrainer takes two steps on our preference pairs, and trains on the pairs' turns",
  ["train"],
  () =>
    inFolder(async (folder) => {
      const student = await loadStudent(students[0][1]!);
      const { tokenizer } = student;
      const model = join(folder, "model");
      await saveStudent(model, student, { onnx: false });
      const source: Source = {
        ...{ trajectories: await labPairs(), paradigm: "agent", files: [], notes: [] },
      };
      const pairs = join(folder, "pairs");
      const { rows: count } = await writeExport(source, {
        ...{ to: "dpo", out: pairs, hyper: { maxLength: 4096 } },
      });
      assert.ok(count >= 10, `only ${count} pairs`);
      // As in a model that was trained with the supervised export.
      const template = "chat_template.jinja";
      await Deno.copyFile(join(pairs, template), join(model, template));
      // Each side as a completion, which Potstill's own training reads.
      const sides = (await Deno.readTextFile(join(pairs, "data", "train.jsonl"))).trim().split("\n")
        .flatMap((line) => {
          const { prompt, chosen, rejected } = JSON.parse(line);
          return [{ prompt, completion: chosen }, { prompt, completion: rejected }];
        });
      const file = join(folder, "sides.jsonl");
      await Deno.writeTextFile(file, sides.map((row) => JSON.stringify(row) + "\n").join(""));
      const { examples } = await loadTrainingData([file], {
        ...{ tokenizer, template: await loadChatTemplate(), maxTokens: 100_000 },
      });
      const job = { export: pairs, model, out: join(folder, "out") };
      const { pairs: answer } = await askPeer<Record<string, Answer>>("train", "trl.py", {
        jobs: { pairs: job },
        steps: 2,
      });
      assert.equal(firstDifference(answer.rows, examples), null);
      assert.ok(Number.isFinite(answer.loss) && answer.changed);
    }),
);

/** Attempts of a careful and of a careless expert at the same tasks. */
async function labPairs(): Promise<Trajectory[]> {
  const lab = await openLab();
  try {
    const tasks = loadLabBenchmark("lab-math", { split: "train", count: 30, seed: 5 });
    const careful = { malformedRate: 0, buggyCodeRate: 0, wrongReasoningRate: 0 };
    const experts = [careful, { ...careful, wrongReasoningRate: 0.9 }].map((rates) =>
      createLabExpert(rates)
    );
    return await Promise.all(
      experts.flatMap((expert) => tasks.map((task) => lab.solve(expert, task))),
    );
  } finally {
    await lab.close();
  }
}

for (const [name, path] of students) {
  peerTest(
    `TRL trains on exactly our tokens, with ${name}`,
    ["train"],
    () =>
      inFolder(async (folder) => {
        const student = await loadStudent(path!);
        const model = join(folder, "model");
        await saveStudent(model, student, { onnx: false });
        const jobs: Record<string, object> = {};
        const ours: Record<string, Exported> = {};
        const isSmall = student.config.hidden_size < 500;
        for (const [source, loaded] of Object.entries(await trainingSources(folder))) {
          for (const to of ["trl", "trl-prompt-completion"] as const) {
            const job = `${source} as ${to}`;
            ours[job] = await exported(join(folder, job), loaded, to, student.tokenizer);
            // Two steps of a real model take a minute and are made once.
            const train = isSmall || job === "lab as trl";
            jobs[job] = { export: ours[job].path, model, out: join(folder, "out"), train };
          }
        }
        const answers = await askPeer<Record<string, Answer>>("train", "trl.py", {
          jobs,
          steps: 2,
        });
        let rows = 0;
        for (const [job, { examples }] of Object.entries(ours)) {
          assert.equal(firstDifference(answers[job].rows, examples), null, job);
          rows += examples.length;
          if (answers[job].loss === null) continue;
          assert.ok(Number.isFinite(answers[job].loss) && answers[job].changed, job);
        }
        assert.ok(rows >= 200, `only ${rows} rows were compared`);
      }),
    { [name]: path !== null },
  );
}
