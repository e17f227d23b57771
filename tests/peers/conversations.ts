import { existsSync } from "node:fs";
import { join } from "node:path";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import { openLab } from "../../lib/workbench/open_lab.ts";
import type { Trajectory } from "../../lib/records/trajectory.ts";
import type { FormatName } from "../../lib/training_data/formats/export_format.ts";
import { writeExport } from "../../lib/training_data/formats/write_export.ts";
import { loadTrainingData } from "../../lib/training_data/load_training_data.ts";
import type { TokenizedExample } from "../../lib/training_data/tokenized_example.ts";
import type { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { importFiles } from "../../lib/trajectories/import/import_files.ts";
import {
  type LoadedTrajectories,
  loadTrajectories,
} from "../../lib/trajectories/load_trajectories.ts";

/** Trajectories whose exports other trainers read. */
export type Source = Omit<LoadedTrajectories, "frame">;

const real = new URL("../../../shared/data/real/", import.meta.url).pathname;

let solved: Promise<Trajectory[]> | undefined;

/** Attempts of the lab's expert at 100 tasks of two benchmarks, right and wrong ones; made once. */
function labTrajectories(): Promise<Trajectory[]> {
  return solved ??= solveLabTasks();
}

async function solveLabTasks(): Promise<Trajectory[]> {
  const lab = await openLab();
  try {
    const expert = createLabExpert();
    const tasks = (["lab-hotpotqa", "lab-math"] as const).flatMap((name) =>
      loadLabBenchmark(name, { split: "train", count: 50, seed: 3 })
    );
    return await Promise.all(tasks.map((task) => lab.solve(expert, task)));
  } finally {
    await lab.close();
  }
}

/** Some 200 conversations: the lab's, of which 40 as repairs; FireAct's and real repairs where they are at hand. */
export async function trainingSources(folder: string): Promise<Record<string, Source>> {
  const lab = await labTrajectories();
  const loaded = (trajectories: readonly Trajectory[]): Source => ({
    trajectories,
    paradigm: "agent",
    files: [],
    notes: [],
  });
  const sources: Record<string, Source> = {
    lab: loaded(lab),
    // A repair: the last turn alone is trained on.
    repairs: loaded(
      lab.filter(({ steps, correct }) => correct === true && steps.length > 1).slice(0, 40)
        .map((one) => ({ ...one, learnedStep: one.steps.length - 1 })),
    ),
  };
  for (
    const [name, file, count] of [
      ["fireact", "fireact_hotpotqa_react.json", 60],
      ["real-repairs", "agent_repairs_math_200.jsonl", 40],
    ] as const
  ) {
    const path = join(real, file);
    if (!existsSync(path)) continue;
    const out = join(folder, name);
    await importFiles({ files: [path], out, benchmark: "hotpotqa" });
    const { frame: _, ...all } = await loadTrajectories(join(out, "trajectories", "agent.jsonl"));
    sources[name] = { ...all, trajectories: all.trajectories.slice(0, count) };
  }
  return sources;
}

/** Above the longest conversation: beyond it trainers truncate or leave out, each in its own way. */
const MAX_TOKENS = 16_384;

/** An export, and what Potstill itself would train on in it. */
export interface Exported {
  /** The export's folder. */
  readonly path: string;
  /** The rows as Potstill's own training takes them, in their order. */
  readonly examples: readonly TokenizedExample[];
}

/** Writes a source in a format, and reads it as the student's training would. */
export async function exported(
  path: string,
  source: Source,
  to: FormatName,
  tokenizer: Tokenizer,
): Promise<Exported> {
  await writeExport(source, { to, out: path, hyper: { maxLength: MAX_TOKENS } });
  const { examples, leftOut } = await loadTrainingData([path], {
    tokenizer,
    template: await loadChatTemplate(),
    maxTokens: MAX_TOKENS,
  });
  if (leftOut.length > 0) throw new Error(`${leftOut[0].place}: ${leftOut[0].detail}`);
  return { path, examples };
}

/** The first difference between the tokens of another trainer and ours; null where there is none. */
export function firstDifference(
  theirs: readonly { readonly ids: readonly number[]; readonly trained: readonly number[] }[],
  ours: readonly TokenizedExample[],
): string | null {
  if (theirs.length !== ours.length) return `${theirs.length} rows, not ${ours.length}`;
  for (const [row, { ids, trained }] of ours.entries()) {
    const other = theirs[row];
    for (let i = 0; i < ids.length; i++) {
      if (other.ids[i] !== ids[i] || other.trained[i] !== trained[i]) {
        const show = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          `${Array.from(a).slice(i - 3, i + 4)} (trained ${Array.from(b).slice(i - 3, i + 4)})`;
        return `row ${row}, token ${i} of ${ids.length}: ${
          show(other.ids, other.trained)
        } and not ${show(ids, trained)}`;
      }
    }
    // After our last trained token others may have the template's end, never a trained token.
    const extra = other.trained.slice(ids.length).findIndex((one) => one === 1);
    if (extra !== -1) return `row ${row}: token ${ids.length + extra} is trained, after our end`;
  }
  return null;
}
