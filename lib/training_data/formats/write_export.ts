import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { testSplitWarning } from "../../trajectories/test_split_warning.ts";
import { ORIGIN_FILE, originOf } from "../student_origin.ts";
import { shortSystemPrompt } from "../../agent/agent_prompt.ts";
import { preferencePairs } from "../../trajectories/preference_pairs.ts";
import {
  filterTrajectories,
  modelTurns,
  type Selection,
  type SelectionOptions,
} from "../../trajectories/filter_trajectories.ts";
import { importSource } from "../../trajectories/import/imported_trajectory.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { exportChatTemplate } from "./export_chat_template.ts";
import type { ExportContext, ExportFormat, FormatName, RowResult } from "./export_format.ts";
import { exportFormats } from "./export_formats.ts";
import { type HyperParameters, paperHyperParameters } from "./hyper_parameters.ts";
import { jsonLine } from "../../runs/jsonl.ts";
import type { LoadedTrajectories } from "../../trajectories/load_trajectories.ts";
import { planMasks } from "./plan_masks.ts";
import { trainingExample, trainingSystemPrompt } from "../training_example.ts";

/** Options of {@link writeExport}. */
export interface ExportOptions extends SelectionOptions {
  /** The format to write. */
  readonly to: FormatName;
  /** Must not exist, or be empty. */
  readonly out: string;
  /** Use every trajectory, also those that the filter rejects. @default false */
  readonly isUnfiltered?: boolean;
  /**
   * `short` puts the short system prompt in place of an agent's long one, as in the paper; `own` keeps
   * each trajectory's.
   * @default "short" for our own agents, "own" for what was imported and for CoT
   */
  readonly system?: "short" | "own";
  /** Short trajectories first. @default false */
  readonly isCurriculum?: boolean;
  /** Most preference pairs of one task. @default 4 */
  readonly maxPairsPerTask?: number;
  /** Settings that differ from the paper's. */
  readonly hyper?: Partial<HyperParameters>;
}

/** Summary of the written files. */
export interface ExportSummary {
  /** The format written. */
  readonly format: FormatName;
  /** The folder written to. */
  readonly out: string;
  /** Trajectories read. */
  readonly trajectories: number;
  /** Trajectories kept. */
  readonly kept: number;
  /** Trajectories rejected. */
  readonly rejected: number;
  /** Number of rejections by reason. */
  readonly reasons: Selection["counts"];
  /** Kept trajectories by turns of the model. */
  readonly stepBuckets: Selection["stepBuckets"];
  /** Rows written; a trajectory can give several. */
  readonly rows: number;
  /** Kept trajectories that are no rows in this format, and why. */
  readonly leftOut: readonly { readonly id: string; readonly problem: string }[];
  /** Turns on which the trainer's settings compute the loss. */
  readonly supervision: "all-assistant" | "last-assistant";
  /** Conversations that became a row for each turn, as the format cannot mix masks. */
  readonly split: number;
  /** Settings of the training run. */
  readonly hyper: HyperParameters;
  /** Warnings to heed before training: trajectories on tasks of a test split. */
  readonly warnings: readonly string[];
}

/**
 * Writes trajectories as a trainer's data set, with its configuration, the commands that start it, and
 * the rejected trajectories with their reasons. Every row is checked against the format; the folder
 * appears whole or not at all.
 *
 * @throws {Error} when nothing would be written, or when the folder cannot be written
 *
 * @example
 * ```ts
 * import { loadTrajectories, writeExport } from "@potstill";
 * export async function exportRun(run: string, out: string): Promise<number> {
 *   const { rows } = await writeExport(await loadTrajectories(run), { to: "trl", out });
 *   return rows;
 * }
 * ```
 */
export async function writeExport(
  loaded: Omit<LoadedTrajectories, "frame">,
  options: ExportOptions,
): Promise<ExportSummary> {
  const format = exportFormats[options.to];
  const selection = options.isUnfiltered
    ? { kept: loaded.trajectories, rejected: [], counts: {}, stepBuckets: {} }
    : filterTrajectories(loaded.trajectories, options);
  const kept = options.isCurriculum
    ? [...selection.kept].sort((a, b) => modelTurns(a).length - modelTurns(b).length)
    : selection.kept;
  const short = shortSystemPrompt(await loadPrompts());
  const system = (trajectory: Trajectory) =>
    trainingSystemPrompt(trajectory, options.system, short);
  const examples = kept.map((trajectory) => trainingExample(trajectory, system(trajectory)));
  const found = examples.filter((example) => example !== null);
  const { isLastOnly, examples: planned, split } = planMasks(format, found);
  const results = format.isPreference
    ? preferencePairs({ kept, rejected: selection.rejected }, {
      maxPairsPerTask: options.maxPairsPerTask,
      systemPrompt: options.system === "own" || importSource(kept[0] ?? loaded.trajectories[0])
        ? null
        : loaded.paradigm === "agent"
        ? short
        : null,
    }).map((pair) => ({ id: pair.id, result: { row: format.pairRow!(pair) } as RowResult }))
    : planned.flatMap((example) =>
      format.rows(example, isLastOnly).map((result) => ({ id: example.id, result }))
    );
  const rows: { id: string; row: JsonValue }[] = [];
  const leftOut: { id: string; problem: string }[] = [];
  for (const { id, result } of results) {
    const problem = "problem" in result ? result.problem : format.check(result.row);
    if (problem !== null) leftOut.push({ id, problem });
    else if ("row" in result) rows.push({ id, row: result.row });
  }
  const hyper = { ...paperHyperParameters(loaded.paradigm), ...options.hyper };
  const summary: ExportSummary = {
    format: format.name,
    out: options.out,
    trajectories: loaded.trajectories.length,
    kept: kept.length,
    rejected: selection.rejected.length,
    reasons: selection.counts,
    stepBuckets: selection.stepBuckets,
    rows: rows.length,
    leftOut,
    supervision: isLastOnly ? "last-assistant" : "all-assistant",
    split,
    hyper,
    warnings: [testSplitWarning(kept)].filter((text) => text !== null),
  };
  if (rows.length === 0) throw new Error(nothingToWrite(format, summary));
  const chatTemplate = await exportChatTemplate();
  await writeFolder(options.out, [
    ...dataFiles(format, rows),
    { name: "chat_template.jinja", text: chatTemplate },
    {
      name: ORIGIN_FILE,
      text: JSON.stringify(originOf(kept, { name: hyper.baseModel, sha256: null }), null, 2) + "\n",
    },
    ...format.files({ hyper, isLastOnly, chatTemplate }),
    {
      name: "rejected.jsonl",
      text: jsonl(selection.rejected.map(({ trajectory, reasons }) => ({
        id: trajectory.id,
        reasons,
      }))),
    },
    { name: "export.json", text: JSON.stringify(manifest(loaded, summary), null, 2) + "\n" },
    { name: "README.md", text: readme(format, { hyper, isLastOnly, chatTemplate }, summary) },
  ]);
  return summary;
}

function nothingToWrite(format: ExportFormat, summary: ExportSummary): string {
  const { trajectories, kept, reasons, leftOut } = summary;
  const why = kept === 0
    ? `the filter keeps none of ${trajectories} trajectories (${
      Object.entries(reasons).map(([reason, n]) => `${reason} ${n}`).join(", ")
    })`
    : format.isPreference
    ? `no task has a kept and a rejected trajectory that part, among ${trajectories}`
    : `none of ${kept} trajectories fits the format; the first: ${leftOut[0]?.problem}`;
  return `Cannot write ${format.name}: ${why}`;
}

function dataFiles(format: ExportFormat, rows: readonly { id: string; row: JsonValue }[]) {
  const text = format.dataFile.endsWith(".json")
    ? "[\n" + rows.map(({ row }) => jsonLine(row).trimEnd()).join(",\n") + "\n]\n"
    : jsonl(rows.map(({ row }) => row));
  return [
    { name: format.dataFile, text },
    { name: "rows.jsonl", text: jsonl(rows.map(({ id }, row) => ({ row, id }))) },
  ];
}

function jsonl(rows: readonly unknown[]): string {
  return rows.map(jsonLine).join("");
}

function manifest(loaded: Omit<LoadedTrajectories, "frame">, summary: ExportSummary) {
  const { out: _, leftOut, ...rest } = summary;
  return {
    ...rest,
    paradigm: loaded.paradigm,
    from: loaded.files,
    notes: loaded.notes,
    leftOut,
  };
}

function readme(format: ExportFormat, context: ExportContext, summary: ExportSummary): string {
  const commands = format.commands(context);
  const install = format.install === "" ? "" : `Install: \`pip install ${format.install}\`\n\n`;
  return `# Training data: ${format.summary}

${summary.rows} rows from ${summary.kept} of ${summary.trajectories} trajectories, in \`${format.dataFile}\`.
\`rows.jsonl\` names the trajectory of each row, \`${ORIGIN_FILE}\` the questions that are trained on
(put it into the folder of the student, so that an evaluation can tell what it has seen), \`rejected.jsonl\` those that are not used and why,
\`export.json\` how this folder was made.

${
    commands.length === 0
      ? "Any trainer that takes chat messages reads it; `chat_template.jinja` marks the trained parts.\n"
      : `${install}Start the training in this folder:\n\n${
        commands.map(({ title, command }) => `${title}:\n\n\`\`\`sh\n${command}\n\`\`\`\n`).join(
          "\n",
        )
      }`
  }
The settings are the paper's: LoRA of rank ${context.hyper.loraRank}, alpha ${context.hyper.loraAlpha}, dropout ${context.hyper.loraDropout} on all linear layers,
learning rate ${context.hyper.learningRate}, ${context.hyper.epochs} epochs, ${context.hyper.effectiveBatch} sequences an optimizer step over all GPUs together, at most
${context.hyper.maxLength} tokens. On another number of GPUs, set the accumulation steps to ${context.hyper.effectiveBatch} divided by it.

Check the masks with the base model's tokenizer first, in this folder; MODEL is the folder with its
\`tokenizer.json\`:

\`\`\`sh
POTSTILL=${shellQuoted(KIT)}
MODEL=model
npx -y deno@2.9.6 run -A "$POTSTILL/lib/cli/main.ts" verify-mask --tokenizer "$MODEL" .
\`\`\`
`;
}

/** The folder of this kit. */
const KIT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

function shellQuoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", () => "'\\''")}'`;
}

/** All files or none: they are written under a temporary name, which is then renamed. */
async function writeFolder(
  out: string,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  const path = resolve(out);
  if (existsSync(path) && readdirSync(path).length > 0) {
    throw new Error(`Cannot write ${out}: it exists and is not empty`);
  }
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    for (const { name, text } of files) {
      const file = join(temporary, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    // Neither removes what another process has put there meanwhile.
    if (existsSync(path)) await rmdir(path);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw new Error(`Cannot write ${out}: ${(cause as Error).message}`, { cause });
  }
}
