import { deviceOption } from "../onnx/device.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { missingCells, readShardOption } from "./shard_option.ts";
import { withResumableStop } from "./with_soft_stop.ts";

const command = defineCommand({
  name: "sweep",
  summary: "Run a distillation for every combination of options, sharing what they have in common",
  options: {
    profile: {
      type: "string",
      choices: ["quick", "default", "full"],
      default: "quick",
      description: "The settings to begin with",
    },
    over: {
      type: "string",
      multiple: true,
      placeholder: "NAME=A,B",
      description: "An option and its values; several are combined",
    },
    set: {
      type: "string",
      multiple: true,
      placeholder: "NAME=VALUE",
      description: "A setting of every run",
    },
    device: {
      ...deviceOption("trains (decoding is the processor's)"),
      default: undefined,
      defaultNote: "auto",
    },
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "a new one in data/runs/",
      description: "Folder of the sweep",
    },
    resume: {
      type: "boolean",
      description: "Continue the sweep in --out; values may have been added",
    },
    shard: {
      type: "string",
      placeholder: "I/N",
      description:
        "Make part I of N of the runs, in an --out that all parts share; the last part writes the frame",
    },
    json: {
      type: "boolean",
      description: "Print the runs and their means as one JSON object, as the last line",
    },
  },
  notes:
    `Each run is in cells/NAME/ of the sweep's folder, as distill writes it; rows.parquet beside
them has every graded answer with the options of its run. Options are named as in a
manifest: seed, student, trainTasks, candidates, firstThoughtPrefix, adaptation, ... Ctrl-C ends the
run under way when its requests are stored, a second one at once; --resume goes on where it stopped.

Examples:
  deno task potstill sweep --over seed=0,1,2 --over student=0.3M,1M --out data/runs/sizes
  deno task potstill sweep --set students=agent --over adaptation=full,lora \\
    --out data/runs/lora --resume
  deno task potstill sweep --over seed=0,1,2,3 --out /shared/seeds --shard 2/4`,
});

/** The command `deno task potstill sweep`. */
export function runSweep(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values }) => {
    const { parseAxes, parseSettings } = await import("../experiments/sweep/parse_axes.ts");
    const over = parseAxes(values.over);
    const base = parseSettings(values.set, values.device);
    const twice = Object.keys(over).find((name) => name in base);
    if (twice !== undefined) {
      const given = twice === "device" && values.device !== undefined ? "--device" : "--set";
      throw new UsageError(`Option --over ${twice} and ${given} both give ${twice}`);
    }
    const { profile, out, resume } = values;
    const shard = readShardOption(values.shard, out);
    const { sweep } = await import("../experiments/sweep/sweep.ts");
    const { sweepTable, writeSweepFrame } = await import("../experiments/sweep/sweep_table.ts");
    return await withResumableStop(async (how) => {
      const result = await sweep({ profile, base, over, out, resume, shard, ...how });
      if (result.missing.length > 0) {
        const { path, missing } = result;
        console.log(missingCells(missing));
        if (values.json) console.log(JSON.stringify({ path, frame: null, missing }));
        return 0;
      }
      const table = sweepTable(result);
      const framePath = await writeSweepFrame(result);
      console.log(`${table.toText()}${table.caption}\n\nAll graded answers: ${framePath}`);
      if (values.json) {
        const cells = result.cells.map(({ name, path, durationMs }) => ({
          name,
          path,
          durationMs,
        }));
        const means = table.frame.toRecords();
        console.log(JSON.stringify({ path: result.path, frame: framePath, cells, means }));
      }
      return 0;
    });
  });
}
