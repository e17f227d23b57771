import { formatNames } from "../training_data/formats/export_formats.ts";
import { exportFormats } from "../training_data/formats/export_formats.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "format",
  summary: "Write trajectories as training data and configuration for a trainer",
  positionals: [{ name: "RUN", description: "A run's folder, or a file of trajectories" }],
  options: {
    to: { type: "string", choices: formatNames, description: "The format" },
    out: { type: "string", placeholder: "FOLDER", description: "New or empty folder" },
    paradigm: {
      type: "string",
      choices: ["agent", "cot", "cot-rag"],
      defaultNote: "the agent's",
      description: "Trajectories of the run to use, by paradigm",
    },
    baseModel: {
      type: "string",
      placeholder: "NAME",
      defaultNote: "Qwen/Qwen2.5-1.5B-Instruct",
      description: "Model to train",
    },
    maxLength: {
      type: "integer",
      min: 1,
      defaultNote: "10240, 4096 for CoT",
      description: "Most tokens of a sequence",
    },
    system: {
      type: "string",
      choices: ["short", "own"],
      defaultNote: "short; own for imported ones",
      description: "System prompt of agents: the short one, or each trajectory's own",
    },
    unfiltered: { type: "boolean", description: "Use every trajectory, also the rejected ones" },
    mustRetrieve: {
      type: "boolean",
      description: "Reject factual tasks answered without a search",
    },
    mustBeGrounded: {
      type: "boolean",
      description: "Reject factual answers that no observation supports",
    },
    minSteps: { type: "integer", min: 1, description: "Least turns of a trajectory" },
    maxSteps: { type: "integer", min: 1, description: "Most turns of a trajectory" },
    test: {
      type: "string",
      multiple: true,
      placeholder: "FILE",
      description: "Benchmark whose questions, and near ones, must not be trained on",
    },
    curriculum: { type: "boolean", description: "Short trajectories first" },
    maxPairs: {
      type: "integer",
      min: 1,
      default: 4,
      description: "Most preference pairs of one task",
    },
    json: { type: "boolean", description: "End with the summary as one line of JSON" },
  },
  notes: `Formats:
${formatNames.map((name) => `  ${name.padEnd(22)} ${exportFormats[name].summary}`).join("\n")}

Writes the data, the trainer's configuration with the paper's settings, README.md with the commands
that start it on one GPU and on many, rejected.jsonl with reasons, and export.json.

Examples:
  deno task potstill format data/runs/mine --to trl --out train-agent
  deno task potstill format data/runs/mine --to dpo --out pairs
  deno task potstill format data/runs/mine --to llama-factory --paradigm cot --out train-cot`,
});

/**
 * The command `deno task potstill format`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runFormat } from "@potstill/cli/format.ts";
 * if (await runFormat(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runFormat(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { to, out, paradigm, baseModel, maxLength, system } = values;
    if (to === undefined) throw new UsageError("Missing option --to NAME");
    if (out === undefined) throw new UsageError("Missing option --out FOLDER");
    const { loadTrajectories } = await import("../trajectories/load_trajectories.ts");
    const { writeExport } = await import("../training_data/formats/write_export.ts");
    const loaded = await loadTrajectories(positionals[0], paradigm);
    loaded.notes.forEach((note) => console.error(`Note: ${note}`));
    const { mustRetrieve, mustBeGrounded, minSteps, maxSteps } = values;
    const summary = await writeExport(loaded, {
      to,
      out,
      system,
      mustRetrieve,
      mustBeGrounded,
      minSteps,
      maxSteps,
      isUnfiltered: values.unfiltered,
      isCurriculum: values.curriculum,
      maxPairsPerTask: values.maxPairs,
      ...(values.test.length === 0 ? {} : { testQuestions: await questionsOf(values.test) }),
      hyper: {
        ...(baseModel === undefined ? {} : { baseModel }),
        ...(maxLength === undefined ? {} : { maxLength }),
      },
    });
    const reasons = Object.entries(summary.reasons).map(([reason, n]) => `${reason} ${n}`);
    console.log(
      `Wrote ${summary.rows} rows to ${out}: ${summary.kept} of ${summary.trajectories} trajectories ` +
        `kept${reasons.length === 0 ? "" : `, rejected for ${reasons.join(", ")}`}`,
    );
    for (const text of summary.warnings) console.error(`WARNING: ${text}`);
    if (summary.split > 0) {
      console.error(
        `Note: the format has one mask setting for all rows; ${summary.split} conversations that learn ` +
          "every turn became one row per turn",
      );
    }
    for (const { id, problem } of summary.leftOut.slice(0, 10)) {
      console.error(`Left out ${id}: ${problem}`);
    }
    if (summary.leftOut.length > 10) {
      console.error(`... and ${summary.leftOut.length - 10} more; export.json lists them`);
    }
    if (values.json) console.log(JSON.stringify(summary));
    if (summary.rows > 0) return 0;
    console.error(`Error: There is nothing to train on in ${positionals[0]}`);
    return 1;
  });
}

async function questionsOf(files: readonly string[]): Promise<string[]> {
  const { loadBenchmark } = await import("../tasks/load_benchmark.ts");
  const loaded = await Promise.all(files.map((file) => loadBenchmark(file)));
  return loaded.flatMap(({ tasks }) => tasks.map(({ question }) => question));
}
