import { join } from "node:path";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { formatDuration } from "../../runs/progress/progress_line.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import { openRun } from "../../runs/run_folder.ts";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { sweep } from "../sweep/sweep.ts";
import { sweepFrame } from "../sweep/sweep_frame.ts";
import { writeSweepFrame } from "../sweep/sweep_table.ts";
import { type PaperOptions, paperPlan, type PaperProfile, paperProfiles } from "./paper_plan.ts";
import type { PaperReport } from "./paper_html.ts";
import { buildPaperReport, writePaperReport } from "./paper_report.ts";

/** Settings of the paper in miniature. */
export interface PaperRequest {
  /** The options to begin with. @default "small" */
  readonly profile?: PaperProfile;
  /** Options that differ from the profile's; those in `base` are added to the profile's. */
  readonly options?: Partial<PaperOptions>;
  /** Folder of runs and report. @default a new folder in `data/runs/` */
  readonly out?: string;
  /** Go on with an earlier run of the same options. @default false */
  readonly resume?: boolean;
  /** Folders of other papers whose runs are taken over where they would be the same. @default none */
  readonly reuse?: readonly string[];
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Stops the run, which can then be resumed. */
  readonly signal?: AbortSignal;
}

/** The result of the paper in miniature. */
export interface PaperResult {
  /** The run's folder. */
  readonly path: string;
  /** Path of `report.html`. */
  readonly reportPath: string;
  /** Findings, tables and figures. */
  readonly report: PaperReport;
}

/**
 * Reproduces the paper's findings in the lab: distils students of every size under every seed, runs the
 * ablations, tests each finding, and writes the report. Stopped at any point, it can be resumed.
 *
 * @throws {RangeError} naming an option that is out of range
 * @throws {Error} when the folder or stored data is at fault, or the signal's reason
 */
export async function runPaper(request: PaperRequest): Promise<PaperResult> {
  const { progress, signal } = request;
  const profile = request.profile ?? "small";
  const given = request.options ?? {};
  const options: PaperOptions = {
    ...paperProfiles[profile],
    ...given,
    base: { ...paperProfiles[profile].base, ...given.base },
  };
  const plan = paperPlan(options);
  await using run = await openRun({
    command: "paper",
    given: { profile, ...given } as unknown as Record<string, JsonValue>,
    resolved: { profile, ...options } as unknown as Record<string, JsonValue>,
    prompts: (await loadPrompts()).hashes,
    out: request.out,
    resume: request.resume,
  });
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  for (const { name, cells } of plan.stages) {
    progress.log(`Stage ${name}: ${cells.length * options.seeds.length} runs`);
  }
  for (const note of plan.notes) progress.log(note);
  const { baseTexts: _, ...base }: Partial<DistillOptions> = options.base;
  const result = await sweep({
    profile: "default",
    base,
    over: { seed: options.seeds },
    cells: plan.stages.flatMap(({ cells }) => cells),
    out: join(run.path, "sweep"),
    resume: run.resumed,
    reuse: request.reuse?.map((folder) => join(folder, "sweep")),
    progress,
    signal,
  });
  await writeSweepFrame(result);
  await writeFileAtomic(
    join(run.path, "cells.parquet"),
    sweepFrame(result, true).writeParquet({ compression: "zstd" }),
  );
  const stage = progress.stage("findings and report", null);
  const { cells } = result;
  const spentMs = cells.reduce((sum, cell) => sum + cell.durationMs, 0);
  const { trainTasks, testTasks, teacher } = plan.reference;
  const { manifest } = run;
  const sizes = plan.stages[0].cells.map(({ student }) => student);
  const report = await buildPaperReport({ cells, reference: plan.reference }, {
    title: "Distilling LLM agents into small models: the findings in the lab",
    description: [
      `Students of ${sizes.join(", ")} parameters, fine-tuned from a base model of their ` +
      `size on what the teacher did right of ${2 * trainTasks} training tasks; ${testTasks} test ` +
      `tasks of each of eight benchmarks; seeds ${
        options.seeds.join(", ")
      }; ${cells.length} runs, ` +
      `which took ${formatDuration(spentMs)} in all.`,
      teacher === "expert"
        ? "The students learn from the lab's scripted expert, which is no language model, and of " +
          "which nothing is claimed. F2, which is about the teacher, has a trained one."
        : "The teacher is a trained model with errors of its own.",
      ...plan.notes,
    ],
    command: commandOf(profile, given),
    facts: [
      ["profile", profile],
      ["started", `${manifest.startedAt.slice(0, 16).replace("T", " ")} UTC`],
      ["revision", manifest.revision ?? "not a checkout"],
      [
        "machine",
        `${manifest.machine.cores} cores, ${manifest.machine.os} ${manifest.machine.arch}`,
      ],
      ...Object.entries(manifest.versions),
    ],
  });
  const files = await writePaperReport(run.path, report);
  stage.done();
  return { path: run.path, reportPath: files.at(-1)!, report };
}

/** The command that makes the run again, as one types it. */
function commandOf(profile: PaperProfile, given: Partial<PaperOptions>): string {
  const { sizes, seeds, missingBase, base = {} } = given;
  return [
    `deno task potstill paper --profile ${profile}`,
    ...sizes === undefined ? [] : [`--sizes ${sizes.join(",")}`],
    ...seeds === undefined ? [] : [`--seeds ${seeds.join(",")}`],
    ...missingBase === undefined ? [] : [`--missing-base ${missingBase}`],
    ...Object.entries(base).map(([name, value]) => `--set ${name}=${value}`),
  ].join(" ");
}
