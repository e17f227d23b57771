import { deviceOption } from "../onnx/device.ts";
import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { missingCells, readShardOption } from "./shard_option.ts";
import { withResumableStop } from "./with_soft_stop.ts";

const command = defineCommand({
  name: "paper",
  summary: "Reproduce the paper's findings, in the lab or with models and data of others",
  options: {
    profile: {
      type: "string",
      choices: ["small", "full", "improve", "real"],
      default: "small",
      description:
        "About half an hour (F1 to F6 and F11), or within six hours (F1 to F14), on two cores; improve: " +
        "students that go on (F15 and on); real " +
        "is for models (--student) and data of yours (--set train, test, search)",
    },
    sizes: {
      type: "string",
      placeholder: "A,B",
      defaultNote: "0.3M,1M,4M",
      description: "Sizes of the lab's students",
    },
    student: {
      type: "string",
      multiple: true,
      placeholder: "MODEL",
      description:
        "A student that is a model of others: a folder, a GGUF file or a name of the hub",
    },
    seeds: {
      type: "string",
      placeholder: "A,B,C",
      defaultNote: "0,1,2",
      description: "Seeds; verdicts need three",
    },
    stages: {
      type: "string",
      placeholder: "A,B,C",
      defaultNote: "all",
      description: "Stages of the runs, by the names that the command prints when it begins; the " +
        "others are left out",
    },
    taughtBy: {
      type: "string",
      placeholder: "A,B",
      defaultNote: "stored",
      description: "Trained teachers that are asked with and without first-thought prefix (F2): " +
        "stored (the lab's) or models' folders",
    },
    stopWhenDecided: {
      type: "boolean",
      description:
        "Look at the findings after the third seed and each further one, with wider intervals, and end once all are decided",
    },
    missingBase: {
      type: "string",
      choices: ["skip", "train"],
      description:
        "A size without a stored base model: leave it out, or train one in each of its runs",
    },
    set: {
      type: "string",
      multiple: true,
      placeholder: "NAME=VALUE",
      description: "A setting of every run, such as trainTasks=300 or teacher=FOLDER",
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
      description: "Folder of runs and report",
    },
    reuse: {
      type: "string",
      multiple: true,
      placeholder: "FOLDER",
      description: "Reuse the results of a run in this folder with the same settings",
    },
    resume: {
      type: "boolean",
      description: "Continue the run in --out, or the latest one with the same options",
    },
    soFar: {
      type: "boolean",
      description:
        "Run nothing: write the report of what a stopped run in --out has, into its folder so-far/",
    },
    shard: {
      type: "string",
      placeholder: "I/N",
      description:
        "Make part I of N of the runs, in an --out that all parts share; the last part writes the report",
    },
    json: {
      type: "boolean",
      description: "Print the findings as one JSON object, as the last line",
    },
  },
  notes:
    `Writes report.html, report.md, findings.json, tables/ (Markdown, LaTeX, CSV), figures/ (SVG) and
every run (sweep/cells/) into the folder. Ctrl-C ends the run under way when its requests are stored, a
second one at once; --resume goes on where it stopped.

Examples:
  deno task potstill paper --profile small
  deno task potstill paper --profile full --out data/runs/full
  deno task potstill paper --profile full --out data/runs/full --resume
  deno task potstill paper --profile full --out data/runs/full --so-far
  deno task potstill paper --profile full --stages sizes,curriculum --out data/runs/first
  deno task potstill paper --profile full --reuse data/runs/first --out data/runs/full
  deno task potstill paper --profile full --seeds 0,1,2,3,4 --stop-when-decided --out data/runs/full
  deno task potstill paper --profile full --out /shared/full --shard 3/8
  deno task potstill paper --profile real --student smollm2.gguf --set train=2wiki.jsonl:100,gsm8k.jsonl:150 \\
    --set test=hotpot.jsonl:40,svamp.jsonl:40 --set search=data/indexes/wiki --out data/runs/real`,
});

/** The command `deno task potstill paper`. */
export function runPaper(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values }) => {
    const { parseAxes, parseSettings } = await import("../experiments/sweep/parse_axes.ts");
    const list = (name: string, text: string | undefined) =>
      text === undefined ? {} : parseAxes([`${name}=${text}`]);
    const names = (name: string, text: string | undefined) =>
      text === undefined ? {} : { [name]: text.split(",").map((one) => one.trim()) };
    const { student: sizes } = list("student", values.sizes);
    const { seed: seeds } = list("seed", values.seeds);
    const base = parseSettings(values.set, values.device);
    const { runPaper } = await import("../experiments/paper/run_paper.ts");
    const { findingsTable, findingJson } = await import("../experiments/findings/all_findings.ts");
    return await withResumableStop(async (how) => {
      const result = await runPaper({
        profile: values.profile,
        options: {
          ...sizes === undefined ? {} : { sizes },
          ...values.student.length === 0 ? {} : { students: values.student },
          ...seeds === undefined ? {} : { seeds },
          ...names("stages", values.stages),
          ...names("taughtBy", values.taughtBy),
          ...values.stopWhenDecided ? { stopWhenDecided: true } : {},
          ...values.missingBase === undefined ? {} : { missingBase: values.missingBase },
          ...Object.keys(base).length === 0 ? {} : { base },
        } as Parameters<typeof runPaper>[0]["options"],
        out: values.out,
        resume: values.resume,
        soFar: values.soFar,
        reuse: values.reuse,
        shard: readShardOption(values.shard, values.out),
        ...how,
      });
      if ("missing" in result) {
        console.log(missingCells(result.missing));
        if (values.json) console.log(JSON.stringify(result));
        return 0;
      }
      const { findings, tables } = result.report;
      console.log([tables.means?.toText() ?? "", findingsTable(findings).toText()].join("\n"));
      console.log(`Report: ${result.reportPath}`);
      if (values.json) {
        const { path, reportPath: report } = result;
        const means = tables.means?.frame.toRecords() ?? [];
        console.log(JSON.stringify({ path, report, findings: findings.map(findingJson), means }));
      }
      return 0;
    });
  });
}
