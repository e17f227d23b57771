import type { JsonValue } from "../records/json.ts";
import type { OptionSpec } from "../records/option_table.ts";
import { defineCommand } from "./options.ts";
import { studentPresets } from "../student/config.ts";
import { runCommand } from "./run_command.ts";

const number = (description: string, kind: "integer" | "number" = "integer") =>
  ({
    type: kind,
    min: kind === "integer" ? 1 : 0,
    description: `${description} (default: the profile's)`,
  }) as const satisfies OptionSpec;

const command = defineCommand({
  name: "distill",
  summary: "Distil an agent in the lab, end to end: data, training, evaluation, report",
  options: {
    profile: {
      type: "string",
      choices: ["quick", "default", "full"],
      default: "default",
      description: "Size of the run: minutes, a quarter of an hour, or hours",
    },
    seed: { type: "integer", defaultNote: "0", description: "Seed of all random draws" },
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "a new one in data/runs/",
      description: "Folder of the run",
    },
    resume: {
      type: "boolean",
      description: "Continue the run in --out, or the latest one with the same options",
    },
    json: {
      type: "boolean",
      description: "Print every metric as one JSON object, as the last line",
    },
    trainTasks: number("Training tasks of each of the two in-domain benchmarks"),
    testTasks: number("Test tasks of each benchmark"),
    studentSize: {
      type: "string",
      choices: studentPresets,
      defaultNote: "the profile's",
      description: "Parameters of each student",
    },
    base: {
      type: "string",
      choices: ["stored", "trained"],
      description: "The base model: the one stored in data/base/, or trained in the run",
    },
    vocabSize: number("Entries of the tokenizer, with --base trained"),
    baseTexts: number("Texts that the base model is trained on, with --base trained"),
    baseLearningRate: number("Peak learning rate of the base model, with --base trained", "number"),
    epochs: number("Passes over the training data"),
    learningRate: number("Peak learning rate", "number"),
    adamEpsilon: number("AdamW's epsilon in fine-tuning", "number"),
    batchTokens: number("Tokens of one optimizer step"),
    samples: number("Candidates per step (sag), and answers per majority vote"),
    maxSteps: number("Limit of an agent's turns"),
    topK: number("Passages of a search"),
    firstThoughtPrefix: {
      type: "boolean",
      description: "Begin the teacher's agent runs with the first paragraph of its CoT answer",
    },
    teacher: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "the lab's scripted expert",
      description: "expert, stored (the lab's trained teacher) or a trained model's folder",
    },
    rollouts: {
      type: "integer",
      min: 0,
      defaultNote: "none",
      description:
        "Further tasks of each benchmark where the teacher corrects the student's own attempts",
    },
    teacherTemperature: number("Sampling temperature of the teacher", "number"),
    mustRetrieve: {
      type: "boolean",
      description: "Leave out factual trajectories without a search",
    },
    curriculum: {
      type: "string",
      choices: ["none", "steps"],
      defaultNote: "the profile's",
      description: "First pass over the data at random, or from few turns to many",
    },
    adaptation: {
      type: "string",
      choices: ["full", "lora"],
      defaultNote: "the profile's",
      description: "Train every weight, or an adapter",
    },
    loraRank: number("Rank of the adapter, with --adaptation lora"),
    loraAlpha: number("Scale of the adapter times its rank, with --adaptation lora", "number"),
    students: {
      type: "string",
      choices: ["all", "agent-and-cot", "agent"],
      defaultNote: "the profile's",
      description: "Students to train and evaluate",
    },
    systems: {
      type: "string",
      placeholder: "SLUGS",
      defaultNote: "all",
      description: "Systems to evaluate, such as agent-student,agent-student-sag",
    },
    voteOn: {
      type: "string",
      choices: ["logs-and-value", "logs"],
      defaultNote: "the profile's",
      description: "Outputs that candidates must agree on",
    },
    candidateState: {
      type: "string",
      choices: ["isolated", "leaking"],
      defaultNote: "the profile's",
      description:
        "State from which each candidate is run: the same for all (isolated), or with the effects of earlier ones (leaking)",
    },
  },
  notes: `Writes manifest.json, trajectories/, data/, students/, evaluation/, rows.jsonl, figures/
and report.html into the run's folder. Ctrl-C stops; --resume continues where it stopped.

Examples:
  deno task potstill distill --profile quick
  deno task potstill distill --samples 16 --seed 1 --json
  deno task potstill distill --out data/runs/mine --resume`,
});

/** Options of the command that are not settings of the distillation. */
const RUN_OPTIONS = new Set(["profile", "out", "resume", "json"]);

/** The command `deno task potstill distill`. */
export function runDistill(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values, given }) => {
    const settings: Record<string, JsonValue> = {};
    for (const name of given) {
      if (!RUN_OPTIONS.has(name)) settings[name] = values[name] as JsonValue;
    }
    const { distill } = await import("../experiments/distill/run_distill.ts");
    const { openProgress } = await import("../runs/progress/open_progress.ts");
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("interrupted"));
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
    const result = await distill({
      profile: values.profile,
      settings,
      out: values.out,
      resume: values.resume,
      progress: openProgress(),
      signal: controller.signal,
    });
    console.log(result.table);
    console.log(`\nReport: ${result.reportPath}`);
    if (values.json) console.log(JSON.stringify(result.metrics));
    return 0;
  });
}
