import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";

const command = defineCommand({
  name: "paper",
  summary: "Reproduce the paper's findings in the lab, with intervals and verdicts",
  options: {
    profile: {
      type: "string",
      choices: ["small", "full"],
      default: "small",
      description: "About half an hour (F1 to F6), or less than two hours (all), on two cores",
    },
    sizes: {
      type: "string",
      placeholder: "A,B",
      defaultNote: "0.3M,1M,4M",
      description: "Sizes of the students",
    },
    seeds: {
      type: "string",
      placeholder: "A,B,C",
      defaultNote: "0,1,2",
      description: "Seeds; verdicts need three",
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
    json: {
      type: "boolean",
      description: "Print the findings as one JSON object, as the last line",
    },
  },
  notes:
    `Writes report.html, report.md, findings.json, tables/ (Markdown, LaTeX, CSV), figures/ (SVG) and
every run (sweep/cells/) into the folder. Ctrl-C stops; --resume continues where it stopped.

Examples:
  deno task potstill paper --profile small
  deno task potstill paper --profile full --reuse data/runs/small --out data/runs/full
  deno task potstill paper --profile full --out data/runs/full --resume`,
});

/** The command `deno task potstill paper`. */
export function runPaper(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values }) => {
    const { parseAxes, parseSettings } = await import("../experiments/sweep/parse_axes.ts");
    const list = (name: string, text: string | undefined) =>
      text === undefined ? {} : parseAxes([`${name}=${text}`]);
    const { student: sizes } = list("student", values.sizes);
    const { seed: seeds } = list("seed", values.seeds);
    const base = parseSettings(values.set);
    const { runPaper } = await import("../experiments/paper/run_paper.ts");
    const { findingsTable, findingJson } = await import("../experiments/findings/all_findings.ts");
    const { openProgress } = await import("../runs/progress/open_progress.ts");
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("interrupted"));
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
    const result = await runPaper({
      profile: values.profile,
      options: {
        ...sizes === undefined ? {} : { sizes },
        ...seeds === undefined ? {} : { seeds },
        ...values.missingBase === undefined ? {} : { missingBase: values.missingBase },
        ...Object.keys(base).length === 0 ? {} : { base },
      } as Parameters<typeof runPaper>[0]["options"],
      out: values.out,
      resume: values.resume,
      reuse: values.reuse,
      progress: openProgress(),
      signal: controller.signal,
    });
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
}
