import { DISTILL_OPTIONS } from "../experiments/distill/distill_options.ts";
import type { EndpointRequest } from "../experiments/distill/teacher.ts";
import type { JsonValue } from "../records/json.ts";
import { ENDPOINT_OPTIONS, readEndpoint } from "./endpoint_options.ts";
import { RUN_OPTIONS } from "../generation/run_options.ts";
import { defineCommand } from "./options.ts";
import type { OptionValues } from "../records/option_table.ts";
import { runCommand } from "./run_command.ts";
import { withResumableStop } from "./with_soft_stop.ts";

const { baseUrl: _, ...ENDPOINT } = ENDPOINT_OPTIONS;

const command = defineCommand({
  name: "distill",
  summary: "Distil an agent, end to end: data, training, evaluation, report",
  options: {
    profile: {
      type: "string",
      choices: ["quick", "default", "full"],
      default: "default",
      description: "Size of a run in the lab: minutes, a quarter of an hour, or hours",
    },
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
    ...DISTILL_OPTIONS,
    ...ENDPOINT,
    budgetUsd: RUN_OPTIONS.budgetUsd,
    acceptRefusals: RUN_OPTIONS.acceptRefusals,
    concurrency: RUN_OPTIONS.concurrency,
    store: RUN_OPTIONS.store,
  },
  notes: `Writes manifest.json, trajectories/, data/, students/, evaluation/, rows.jsonl, figures/
and report.html into the run's folder. Ctrl-C ends the run when the requests under way are stored, a
second one at once; --resume goes on where it stopped.

Exit code: 0 when complete, 1 on an error or when the endpoint failed, 2 for wrong arguments, 3 when
the budget is reached, 130 when interrupted.

Examples:
  deno task potstill distill --profile quick
  deno task potstill distill --candidates 16 --seed 1 --json
  deno task potstill distill --out data/runs/mine --resume
  deno task potstill distill --then rft:2 --then-attempts 4
  deno task potstill distill --train hotpot_train.json:1000,math_train.json:2000 --test musique_dev.jsonl:500 \\
    --search data/indexes/wikipedia --teacher http://127.0.0.1:8000/v1 \\
    --teacher-model Qwen/Qwen2.5-32B-Instruct --first-thought-prefix \\
    --student models/Qwen2.5-0.5B-Instruct --adaptation lora --out data/runs/qwen`,
});

type Values = OptionValues<typeof command.options>;

/** The command `deno task potstill distill`. */
export function runDistill(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values, given }) => {
    const settings: Record<string, JsonValue> = {};
    for (const name of given) {
      if (Object.hasOwn(DISTILL_OPTIONS, name)) settings[name] = values[name] as JsonValue;
    }
    return await withResumableStop(async (how) => {
      // What follows takes seconds before the run has a folder to name.
      how.progress.log("Reading settings and tasks");
      const { distill } = await import("../experiments/distill/run_distill.ts");
      const { UnfinishedStageError } = await import("../experiments/distill/make_attempts.ts");
      try {
        const result = await distill({
          profile: values.profile,
          settings,
          endpoint: endpointOf(values),
          out: values.out,
          resume: values.resume,
          ...how,
        });
        console.log(result.table);
        console.log(`\nReport: ${result.reportPath}`);
        if (values.json) console.log(JSON.stringify(result.metrics));
        return 0;
      } catch (error) {
        if (how.signal.aborted || !(error instanceof UnfinishedStageError)) throw error;
        console.error(`Error: ${error.message}`);
        return error.status === "budget" ? 3 : 1;
      }
    });
  });
}

function endpointOf(values: Values): EndpointRequest {
  const { budgetUsd, acceptRefusals, store } = values;
  const { baseUrl: _, ...endpoint } = readEndpoint({ ...values, baseUrl: undefined }, "");
  return {
    ...endpoint,
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
    ...(store === undefined ? {} : { store }),
    acceptRefusals,
  };
}
