import { ADAPTATION_OPTION } from "../student/train/training_defaults.ts";
import { basename, resolve } from "node:path";
import { studentPresets } from "../student/config.ts";
import { defineCommand, givenOptions, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { softStop } from "./soft_stop.ts";

const SIZED = "below 50 million weights";

const command = defineCommand({
  name: "train",
  summary: "Train a student on a run or on files of conversations, into a Hugging Face folder",
  positionals: [{
    name: "MORE",
    description: "Further runs and files to train on",
    optional: true,
    rest: true,
  }],
  options: {
    student: {
      type: "string",
      placeholder: "STUDENT",
      description: `The model to begin with: a size of the lab (${
        studentPresets.join(", ")
      }), a Hugging Face folder, a GGUF file, or a name of the hub`,
    },
    fresh: { type: "boolean", description: "Begin with fresh weights of that shape" },
    data: {
      type: "string",
      multiple: true,
      placeholder: "PATH",
      description: "A run's folder, an export's folder, or a file of trajectories or rows",
    },
    out: {
      type: "string",
      placeholder: "FOLDER",
      description: "The student's folder, new or empty",
    },
    paradigm: {
      type: "string",
      choices: ["agent", "cot", "cot-rag"],
      description: "Trajectories of a run to use, by paradigm",
      defaultNote: "the agent's, or else what there is",
    },
    mustRetrieve: {
      type: "boolean",
      description: "Leave out factual trajectories without a search",
    },
    adaptation: ADAPTATION_OPTION,
    loraRank: {
      type: "integer",
      min: 1,
      description: "Rank of the adapter",
      defaultNote: `8 ${SIZED}, else 64`,
    },
    loraAlpha: {
      type: "number",
      above: 0,
      description: "Scale of the adapter times its rank",
      defaultNote: `16 ${SIZED}, else 128`,
    },
    epochs: {
      type: "integer",
      min: 1,
      description: "Passes over the data",
      defaultNote: "2, where --steps is not given",
    },
    steps: { type: "integer", min: 1, description: "Optimizer steps, in place of --epochs" },
    learningRate: {
      type: "number",
      above: 0,
      description: "The highest learning rate",
      defaultNote: `0.002 ${SIZED}, else 0.0002 (lora) or 0.00001 (full)`,
    },
    adamEpsilon: {
      type: "number",
      above: 0,
      description: "AdamW's epsilon",
      defaultNote: `0.0001 ${SIZED}, else 0.00000001`,
    },
    batchTokens: {
      type: "integer",
      min: 1,
      description: "Tokens of one optimizer step",
      defaultNote: `2048 ${SIZED}, else 8192`,
    },
    maxTokens: {
      type: "integer",
      min: 1,
      description: "Longest example; longer ones are left out and named",
      defaultNote: "the student's context, at most 10240",
    },
    curriculum: {
      type: "string",
      choices: ["none", "steps"],
      default: "none",
      description: "First pass over the data at random, or from few turns to many",
    },
    seed: { type: "integer", default: 0, description: "Seed of all random draws" },
    checkpointEveryMs: {
      type: "integer",
      min: 0,
      default: 30_000,
      description: "Time between two saves of an unfinished training's state",
    },
    resume: { type: "boolean", description: "Continue an interrupted training in --out" },
    json: {
      type: "boolean",
      description: "End with steps, loss, speed, peak memory and folder as one line of JSON",
    },
  },
  notes:
    `Trajectories are filtered as in a distillation. Rows have messages, conversations (ShareGPT), or
prompt and completion, as the command format writes them; the loss is on what the assistant writes, and
on those of its messages alone that the row says are learned. Rows that do not fit are named and counted.

Writes model.safetensors, config.json, tokenizer.json, tokenizer_config.json, onnx/, README.md,
trained_on.json and training.json. Ctrl-C stops after the step under way; --resume continues.

Examples:
  deno task potstill train --student 1M --data data/runs/mine --out data/students/mine
  deno task potstill train --student models/Qwen2.5-0.5B-Instruct --data train.jsonl --adaptation lora \\
    --max-tokens 4096 --out data/students/qwen
  deno task potstill train --student data/students/mine --data more.jsonl --steps 100 --out data/students/more`,
});

/** Options that say where and how, and not what is trained. */
const RUN_OPTIONS = ["out", "resume", "json", "checkpointEveryMs"];

/**
 * The command `deno task potstill train`.
 *
 * @returns the exit code: 130 after an interruption
 *
 * @example
 * ```ts
 * import { runTrain } from "@potstill/cli/train.ts";
 * if (await runTrain(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runTrain(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values, given, positionals }) => {
    const { student, out, fresh, json, resume, seed, paradigm, epochs, steps } = values;
    const data = [...values.data, ...positionals];
    if (student === undefined) throw new UsageError("Missing option --student");
    if (data.length === 0) throw new UsageError("Missing option --data");
    if (out === undefined) throw new UsageError("Missing option --out");
    if (epochs !== undefined && steps !== undefined) {
      throw new UsageError("Give either --epochs or --steps");
    }
    if (values.adaptation === "full" && (given.has("loraRank") || given.has("loraAlpha"))) {
      throw new UsageError("--lora-rank and --lora-alpha are for --adaptation lora");
    }
    const { openFreshStudent } = await import("../student/starting_student.ts");
    const { trainToFolder } = await import("../student/train/train_to_folder.ts");
    const { openProgress } = await import("../runs/progress/open_progress.ts");
    const { mustRetrieve, adaptation, loraRank, loraAlpha, curriculum } = values;
    const { learningRate, adamEpsilon, batchTokens, maxTokens } = values;
    const settings = Object.fromEntries(
      Object.entries({ ...givenOptions(command.options, { values, given }), data }).filter((
        [key],
      ) => !RUN_OPTIONS.includes(key)),
    );
    const stop = softStop(() => console.error("Stopping after the step under way"));
    try {
      const summary = await trainToFolder({
        student: fresh ? await openFreshStudent(student) : student,
        data,
        out,
        name: basename(resolve(out)),
        paradigm,
        mustRetrieve,
        adaptation,
        loraRank,
        loraAlpha,
        epochs,
        steps,
        learningRate,
        adamEpsilon,
        batchTokens,
        maxTokens,
        curriculum,
        checkpointEveryMs: values.checkpointEveryMs,
        // As a distillation seeds its students, so that the same data give the same student.
        seed: `${seed}/${paradigm ?? "agent"}`,
        settings,
        card: { name: basename(resolve(out)), settings: cardSettings(settings), command: "train" },
        resume,
        progress: openProgress(),
        signal: stop.signals.signal,
      });
      console.log(
        `Trained ${summary.steps} steps on ${summary.examples} examples, loss ${
          summary.loss?.toFixed(3)
        }: ${out}`,
      );
      if (json) {
        const { losses: _, settings: _settings, ...figures } = summary;
        console.log(JSON.stringify({ ...figures, folder: resolve(out) }));
      }
      return 0;
    } catch (error) {
      if (!stop.signals.signal.aborted) throw error;
      console.error(`Interrupted: run the same command with --resume to continue in ${out}`);
      return 130;
    } finally {
      stop.release();
    }
  });
}

function cardSettings(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, [value].flat().join(", ")]),
  );
}
