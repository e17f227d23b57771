import { deviceOption } from "../onnx/device.ts";
import { ADAPTATION_OPTION } from "../student/train/training_defaults.ts";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SPAN_WEIGHT_OPTIONS } from "../training_data/span_weights.ts";
import { isInterruption } from "../runs/is_interruption.ts";
import { studentPresets } from "../student/student_presets.ts";
import { defineCommand, givenOptions, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { softStop } from "./soft_stop.ts";

const SIZED = "below 50 million weights";

/** Weight that leaves the loss as it is. */
const PLAIN = { default: 1 } as const;

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
      }), a Hugging Face folder, a PEFT adapter's folder, a GGUF file, or a name of the hub`,
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
      defaultNote: "data/students/STUDENT-ADAPTATION, with a number where that is taken",
    },
    chatTemplate: {
      type: "string",
      placeholder: "NAME",
      description: "Chat template: a .jinja file, or the name of one of several of the model",
      defaultNote: "the model's",
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
    device: deviceOption("trains"),
    precision: {
      type: "string",
      choices: ["float32", "int8"],
      default: "float32",
      description:
        "Numbers in which linear layers are multiplied; int8 needs VNNI or AMX to be fast",
    },
    freeze: {
      type: "string",
      choices: ["none", "embeddings"],
      default: "none",
      description:
        "Parts that stay as they are; with tied weights embeddings are the output layer too",
    },
    freezeLayers: {
      type: "integer",
      min: 0,
      default: 0,
      description: "Lowest blocks that stay as they are, with the embeddings below them",
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
    thoughtWeight: { ...SPAN_WEIGHT_OPTIONS.thoughtWeight, ...PLAIN },
    codeWeight: { ...SPAN_WEIGHT_OPTIONS.codeWeight, ...PLAIN },
    namesWeight: { ...SPAN_WEIGHT_OPTIONS.namesWeight, ...PLAIN },
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
on those of its messages alone that the row says are learned. A row with text alone is learned as a
whole, control tokens that it spells included. Rows that do not fit are named and counted.

Writes model.safetensors, config.json, tokenizer.json, tokenizer_config.json, onnx/ (below 50 million
weights), README.md, trained_on.json and training.json, and after LoRA the adapter in PEFT's form to
adapter/. Ctrl-C stops after the step under way; --resume continues.

Examples:
  deno task potstill train --student 1M --data data/runs/mine --out data/students/mine
  deno task potstill train --student models/Qwen2.5-0.5B-Instruct --data train.jsonl --adaptation lora \\
    --max-tokens 4096 --out data/students/qwen
  deno task potstill train --student data/students/mine --data more.jsonl --steps 100 --out data/students/more`,
});

/** The first free folder of a student; with `resume` the last that holds an unfinished training. */
function freeFolder(student: string, adaptation: string, resume: boolean): string {
  const name = basename(student.replace(/:[^:/]*\.gguf$|@[^@/]*$/gi, "")).replace(/\.gguf$/i, "");
  const folders = (function* () {
    for (let i = 1;; i++) {
      yield join("data/students", `${name}-${adaptation}${i > 1 ? `-${i}` : ""}`);
    }
  })();
  let last: string | undefined;
  for (const folder of folders) {
    if (!existsSync(folder) && !existsSync(`${folder}.training`)) {
      if (resume && last !== undefined) return last;
      if (resume) throw new UsageError(`Nothing to resume in ${folder}: give --out FOLDER`);
      return folder;
    }
    if (existsSync(`${folder}.training`)) last = folder;
  }
  return student;
}

/** Options that say where and how, and not what is trained. */
const RUN_OPTIONS = ["out", "resume", "json", "checkpointEveryMs", "device"];

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
    const { student, fresh, json, resume, seed, paradigm, epochs, steps } = values;
    const data = [...values.data, ...positionals];
    if (student === undefined) throw new UsageError("Missing option --student");
    if (data.length === 0) throw new UsageError("Missing option --data");
    if (epochs !== undefined && steps !== undefined) {
      throw new UsageError("Give either --epochs or --steps");
    }
    if (values.adaptation === "full" && (given.has("loraRank") || given.has("loraAlpha"))) {
      throw new UsageError("--lora-rank and --lora-alpha are for --adaptation lora");
    }
    const out = values.out ?? freeFolder(student, values.adaptation, resume);
    const { openFreshStudent } = await import("../student/starting_student.ts");
    const { trainToFolder } = await import("../student/train/train_to_folder.ts");
    const { openProgress } = await import("../runs/progress/open_progress.ts");
    const { mustRetrieve, adaptation, loraRank, loraAlpha, curriculum } = values;
    const { learningRate, adamEpsilon, batchTokens, maxTokens } = values;
    const { thoughtWeight, codeWeight, namesWeight } = values;
    const weights = [thoughtWeight, codeWeight, namesWeight];
    if (weights.every((weight) => weight === 0)) {
      throw new UsageError(
        "One of --thought-weight, --code-weight and --names-weight must be above 0",
      );
    }
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
        device: values.device,
        precision: values.precision,
        freeze: values.freeze,
        freezeLayers: values.freezeLayers,
        chatTemplate: values.chatTemplate,
        epochs,
        steps,
        learningRate,
        adamEpsilon,
        batchTokens,
        maxTokens,
        curriculum,
        ...(weights.every((weight) => weight === 1)
          ? {}
          : { spanWeights: { thought: thoughtWeight, code: codeWeight, names: namesWeight } }),
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
      const { signal, abortSignal } = stop.signals;
      if (!abortSignal.aborted && !isInterruption(error, signal)) throw error;
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
