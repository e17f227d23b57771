import type { GenerateRequest } from "../generation/generate_request.ts";
import type { Teacher } from "../workbench/open_teacher.ts";
import type { GenerationResult } from "../generation/generation_result.ts";
import { commonestFailure } from "../generation/run_tally.ts";
import { readImportList } from "../interpreter/pyodide/import_list.ts";
import { GENERATION_OPTIONS } from "../generation/generation_options.ts";
import { RUN_OPTIONS } from "../generation/run_options.ts";
import { attemptOptions } from "./attempt_options.ts";
import { ENDPOINT_OPTIONS, readEndpoint } from "./endpoint_options.ts";
import { defineCommand, type ParsedOptions, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { readShardOption } from "./shard_option.ts";
import { EXIT_CODES, withSoftStop } from "./with_soft_stop.ts";

const COMMAND = defineCommand({
  name: "generate",
  summary: "Let a teacher solve tasks and keep its trajectories",
  options: {
    ...GENERATION_OPTIONS,
    ...RUN_OPTIONS,
    ...ENDPOINT_OPTIONS,
    teacher: {
      type: "string",
      choices: ["expert", "annotations"],
      defaultNote: "the endpoint",
      description:
        "A teacher in place of an endpoint: expert (the lab's script) or annotations (what " +
        "people wrote down about the tasks: hops, supporting facts, solutions)",
    },
    labExpert: {
      type: "boolean",
      description:
        "The lab's scripted expert as teacher, as --teacher expert; it answers the lab's questions only",
    },
    shard: {
      type: "string",
      placeholder: "I/N",
      description: "Make part I of N, in a folder of its own within --out; see merge",
    },
    imports: {
      type: "string",
      placeholder: "LIST",
      description:
        'Modules that the agent\'s code may import: "standard", "smolagents" or modules with commas',
    },
    json: { type: "boolean", description: "End with the summary as one line of JSON" },
  },
  notes:
    `Writes manifest.json, endpoint.json, trajectories/, usage.json and summary.json into the run's
folder. Ctrl-C ends the run when the requests under way are stored; a second one ends it at once.
The same command with --resume continues; answers that were stored before are never asked or paid for again.

Exit code: 0 when complete, 1 on an error, when the endpoint left attempts unanswered or refused them,
or when no attempt came to an answer, 2 for wrong arguments, 3 when the budget is reached, 130 when
interrupted.

Examples:
  deno task potstill generate --benchmark lab-hotpotqa --lab-expert --limit 50
  deno task potstill generate --benchmark musique_train.jsonl --search data/indexes/musique \\
    --teacher annotations
  deno task potstill generate --benchmark hotpotqa.json --base-url http://127.0.0.1:8000/v1 \\
    --model Qwen/Qwen2.5-32B-Instruct --first-thought-prefix --out runs/ftp --resume`,
});

type Parsed = ParsedOptions<typeof COMMAND.options>;

/**
 * The command `deno task potstill generate`.
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
  return runCommand(COMMAND, args, async (parsed) => {
    const request = readRequest(parsed);
    const { generate } = await import("../generation/generate.ts");
    const result = await withSoftStop((how) => generate({ ...request, ...how }));
    console.log(String(result));
    if (parsed.values.json) {
      const { path, summary } = result;
      console.log(JSON.stringify({ path, ...summary }));
    }
    return exitCode(result);
  });
}

/** A run of which nothing came is no success, though every attempt was made. */
function exitCode({ status, summary }: GenerationResult): number {
  if (status !== "complete") return EXIT_CODES[status];
  const { done, answered } = summary.tally;
  if (done === 0 || answered > 0) return 0;
  const failure = commonestFailure(summary.tally);
  console.error(`Error: None of the ${done} attempts came to an answer. Commonest: ${failure}`);
  return 1;
}

function readRequest(parsed: Parsed): Omit<GenerateRequest, "progress"> {
  const { benchmark, shard, out, imports } = parsed.values;
  if (benchmark === undefined) throw new UsageError("Missing option --benchmark FILE");
  return {
    ...attemptOptions(GENERATION_OPTIONS, parsed),
    benchmark,
    teacher: readTeacher(parsed),
    imports: imports === undefined ? undefined : readImportList(imports),
    shard: readShardOption(shard, out),
  };
}

function readTeacher({ values, given }: Parsed): Teacher {
  if (values.labExpert || values.teacher !== undefined) {
    const option = values.labExpert ? "--lab-expert" : `--teacher ${values.teacher}`;
    if (given.has("baseUrl") || given.has("budgetUsd")) {
      throw new UsageError(`Option ${option} goes with neither --base-url nor --budget-usd`);
    }
    if (values.labExpert && values.teacher === "annotations") {
      throw new UsageError("Option --lab-expert does not go with --teacher annotations");
    }
    return values.teacher === "annotations" ? "annotations" : "lab-expert";
  }
  const { baseUrl, model } = values;
  if (baseUrl === undefined || model === undefined) {
    throw new UsageError("Missing options --base-url URL and --model NAME, or --teacher WHO");
  }
  return readEndpoint(values, baseUrl);
}
