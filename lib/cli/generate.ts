import type { GenerateRequest, Teacher } from "../generation/generate.ts";
import type { GenerationResult } from "../generation/generation_result.ts";
import { commonestFailure } from "../generation/run_tally.ts";
import { parseShard } from "../generation/shard.ts";
import { readImportList } from "../interpreter/pyodide/import_list.ts";
import { ATTEMPT_OPTIONS } from "./attempt_options.ts";
import { ENDPOINT_OPTIONS, readEndpoint } from "./endpoint_options.ts";
import type { OptionValues } from "../records/option_table.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { softStop } from "./soft_stop.ts";

const COMMAND = defineCommand({
  name: "generate",
  summary: "Let a teacher solve tasks and keep its trajectories",
  options: {
    benchmark: {
      type: "string",
      placeholder: "FILE",
      description: "A benchmark file, or the name of a lab benchmark such as lab-hotpotqa",
    },
    benchmarkName: {
      type: "string",
      placeholder: "NAME",
      description: "Which benchmark the file is (default: told from its examples, then its name)",
    },
    split: {
      type: "string",
      choices: ["train", "test"],
      default: "train",
      description: "Split of a lab benchmark",
    },
    limit: {
      type: "integer",
      min: 1,
      description: "First tasks only (default: all of a file, 100 of the lab)",
    },
    ...ENDPOINT_OPTIONS,
    labExpert: {
      type: "boolean",
      description:
        "The lab's scripted expert as teacher, in place of an endpoint; it answers the lab's questions " +
        "only",
    },
    paradigm: {
      type: "string",
      choices: ["agent", "cot", "cot-rag"],
      default: "agent",
      description: "How the teacher answers",
    },
    firstThoughtPrefix: {
      type: "boolean",
      description: "Begin the agent with the first paragraph of the teacher's CoT answer",
    },
    samples: { type: "integer", min: 1, default: 1, description: "Attempts at each task" },
    candidates: {
      type: "integer",
      min: 1,
      default: 1,
      description: "Candidates of each turn (self-consistent action generation)",
    },
    temperature: {
      type: "number",
      min: 0,
      description: "0 is greedy (default: 0; 0.7 for several samples, 0.4 for candidates)",
    },
    ...ATTEMPT_OPTIONS,
    retriever: {
      type: "string",
      default: "lab",
      placeholder: "NAME",
      description: "What web_search searches: lab, none, or the folder of an index",
    },
    seed: { type: "integer", default: 0, description: "Everything random follows from it" },
    out: {
      type: "string",
      placeholder: "FOLDER",
      description: "Folder of the run (default: a new one in data/runs/)",
    },
    resume: { type: "boolean", description: "Go on with the run in --out, if there is one" },
    shard: {
      type: "string",
      placeholder: "I/N",
      description: "Make part I of N, in a folder of its own within --out; see potstill merge",
    },
    store: {
      type: "string",
      placeholder: "FOLDER",
      description: "Where steps are kept by content (default: data/cache/steps/)",
    },
    processes: { type: "integer", min: 1, default: 2, description: "Python processes" },
    imports: {
      type: "string",
      placeholder: "LIST",
      description:
        'What the agent\'s code may import: "standard", "smolagents" or modules with commas',
    },
    package: {
      type: "string",
      multiple: true,
      placeholder: "NAME",
      description: "Python package for the agent's code, such as sympy; potstill wheels fetches it",
    },
    budgetUsd: {
      type: "number",
      min: 0,
      description: "Stop before the run, earlier parts included, costs more",
    },
    acceptRefusals: {
      type: "boolean",
      description: "Count requests that the endpoint refuses as failed attempts, however many",
    },
    json: { type: "boolean", description: "End with the summary as one line of JSON" },
  },
  notes:
    `Writes manifest.json, endpoint.json, trajectories/, usage.json and summary.json into the run's
folder. Ctrl-C ends the run when the requests under way are stored; a second one ends it at once.
The same command with --resume goes on; what was generated before is never asked or paid for again.

Exit code: 0 when complete, 1 on an error, when the endpoint left attempts unanswered or refused them,
or when no attempt came to an answer, 2 for wrong arguments, 3 when the budget is reached, 130 when
interrupted.

Examples:
  potstill generate --benchmark lab-hotpotqa --lab-expert --limit 50
  potstill generate --benchmark hotpotqa.json --base-url http://127.0.0.1:8000/v1 \\
    --model Qwen/Qwen2.5-32B-Instruct --first-thought-prefix --out runs/ftp --resume`,
});

type Values = OptionValues<typeof COMMAND.options>;

/**
 * The command `potstill generate`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runGenerate } from "@potstill/cli/generate.ts";
 * if (await runGenerate(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runGenerate(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, given }) => {
    const request = readRequest(values, given);
    const { generate } = await import("../generation/generate.ts");
    const { openProgress } = await import("../runs/progress/open_progress.ts");
    const progress = openProgress();
    const stop = softStop(() =>
      progress.log("Stopping when the requests under way are stored; once more stops at once")
    );
    try {
      const result = await generate({ ...request, progress, ...stop.signals });
      console.log(String(result));
      if (values.json) {
        const { path, summary } = result;
        console.log(JSON.stringify({ path, ...summary }));
      }
      return exitCode(result);
    } finally {
      stop.release();
    }
  });
}

/** A run of which nothing came is no success, though every attempt was made. */
function exitCode({ status, summary }: GenerationResult): number {
  if (status !== "complete") {
    return { unavailable: 1, refused: 1, budget: 3, interrupted: 130 }[status];
  }
  const { done, answered } = summary.tally;
  if (done === 0 || answered > 0) return 0;
  const failure = commonestFailure(summary.tally);
  console.error(`Error: None of the ${done} attempts came to an answer. Commonest: ${failure}`);
  return 1;
}

function readRequest(
  values: Values,
  given: ReadonlySet<string>,
): Omit<GenerateRequest, "progress"> {
  const { benchmark, benchmarkName } = values;
  if (benchmark === undefined) throw new UsageError("Missing option --benchmark FILE");
  if (values.shard !== undefined && values.out === undefined) {
    throw new UsageError("Option --shard needs --out FOLDER");
  }
  const { split, limit, model, paradigm, samples, candidates, temperature, topP } = values;
  const { maxSteps, maxNewTokens, topK, retriever, seed, firstThoughtPrefix } = values;
  const { out, resume, store, concurrency, processes, budgetUsd, acceptRefusals } = values;
  return {
    teacher: readTeacher(values, given),
    benchmarkName,
    ...{ benchmark, split, limit, model, paradigm, samples, candidates, temperature, topP },
    ...{ maxSteps, maxNewTokens, topK, retriever, seed, firstThoughtPrefix },
    ...{ out, resume, store, concurrency, processes, budgetUsd, acceptRefusals },
    packages: values.package,
    imports: values.imports === undefined ? undefined : readImportList(values.imports),
    cotMaxNewTokens: maxNewTokens,
    ...(values.shard === undefined ? {} : { shard: readShard(values.shard) }),
  };
}

function readTeacher(values: Values, given: ReadonlySet<string>): Teacher {
  if (values.labExpert) {
    if (given.has("baseUrl") || given.has("budgetUsd")) {
      throw new UsageError("Option --lab-expert goes with neither --base-url nor --budget-usd");
    }
    return "lab-expert";
  }
  const { baseUrl, model } = values;
  if (baseUrl === undefined || model === undefined) {
    throw new UsageError("Missing options --base-url URL and --model NAME, or --lab-expert");
  }
  return readEndpoint(values, baseUrl);
}

function readShard(text: string) {
  try {
    return parseShard(text);
  } catch {
    throw new UsageError(`Option --shard must be I/N with I from 1 to N: "${text}"`);
  }
}
