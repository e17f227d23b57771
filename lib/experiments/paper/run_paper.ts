import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { formatDuration } from "../../runs/progress/progress_line.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Shard } from "../../generation/shard.ts";
import { mkdir } from "node:fs/promises";
import { openSharedRun } from "../../runs/open_shared_run.ts";
import { openRun, type OpenRunOptions } from "../../runs/run_folder.ts";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { sweep } from "../sweep/sweep.ts";
import { sweepFrame } from "../sweep/sweep_frame.ts";
import { writeSweepFrame } from "../sweep/sweep_table.ts";
import { allFindings } from "../findings/all_findings.ts";
import { levelText } from "../findings/finding.ts";
import { looksOf, runLooks } from "./looks.ts";
import { referenceOf } from "./reference_of.ts";
import { modelName, setNames, shareableCells } from "./shareable_cells.ts";
import { paperPlan } from "./paper_plan.ts";
import { type PaperOptions, type PaperProfile, paperProfiles } from "./paper_profiles.ts";
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
  /**
   * Make this part of the runs alone; `out` is shared with the processes that make the others.
   * @default all of them
   */
  readonly shard?: Shard;
  /** Run nothing: report what a stopped run in `out` has finished, in its folder `so-far/`. @default false */
  readonly soFar?: boolean;
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Stops the run, which can then be resumed, when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Stops it at once. @default `signal` */
  readonly abortSignal?: AbortSignal;
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

/** A part of the paper's runs that is complete while other parts are not: there is no report yet. */
export interface PaperPart {
  /** The run's folder. */
  readonly path: string;
  /** Names of the runs that other shards have not finished. */
  readonly missing: readonly string[];
}

/**
 * Reproduces the paper's findings in the lab: distils students of every size under every seed, runs the
 * ablations, tests each finding, and writes the report. Stopped at any point, it can be resumed.
 *
 * @throws {RangeError} naming an option that is out of range
 * @throws {Error} when the folder or stored data is at fault, or the signal's reason
 */
export function runPaper(request: PaperRequest & { shard?: undefined }): Promise<PaperResult>;
/** One shard of it; the shard that ends last writes the report. */
export function runPaper(request: PaperRequest): Promise<PaperResult | PaperPart>;
export async function runPaper(request: PaperRequest): Promise<PaperResult | PaperPart> {
  const { progress, signal, abortSignal, shard, out, soFar = false } = request;
  const profile = request.profile ?? "small";
  const given = request.options ?? {};
  const options: PaperOptions = {
    ...paperProfiles[profile],
    ...given,
    base: { ...paperProfiles[profile].base, ...given.base },
  };
  if (shard !== undefined && (out === undefined || options.stopWhenDecided)) {
    throw new RangeError(
      "Cannot make a shard of the paper: " +
        (out === undefined
          ? "no folder is named that its shards share"
          : "whether it is decided is known of all runs together"),
    );
  }
  if (soFar && (shard !== undefined || (request.reuse ?? []).length > 0)) {
    throw new RangeError(
      "Cannot report a run so far: a shard makes runs and reuse takes them over, and this does neither",
    );
  }
  if (soFar && (out === undefined || !existsSync(join(out, "manifest.json")))) {
    throw new RangeError(
      "Cannot report a run so far: " +
        (out === undefined ? "no folder is named" : `there is no run in ${out}`),
    );
  }
  const plan = paperPlan(options);
  const opening: OpenRunOptions = {
    command: "paper",
    given: { profile, ...given } as unknown as Record<string, JsonValue>,
    resolved: { profile, ...options } as unknown as Record<string, JsonValue>,
    present: (resolved) => ({
      stopWhenDecided: false,
      students: [],
      stages: null,
      taughtBy: ["stored"],
      ...resolved,
      taught: withoutTeacher(resolved.taught ?? null),
    }),
    prompts: (await loadPrompts()).hashes,
    out,
    resume: soFar || request.resume,
  };
  await using own = shard === undefined ? await openRun(opening) : null;
  const run = own ?? await openSharedRun({ ...opening, out: out! });
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  for (const { name, cells } of plan.stages) {
    progress.log(`Stage ${name}: ${cells.length * options.seeds.length} runs`);
  }
  for (const note of plan.notes) progress.log(note);
  const sweepTo = (seeds: number, resume: boolean) =>
    sweep({
      profile: "default",
      base: plan.base,
      over: { seed: options.seeds.slice(0, seeds) },
      cells: plan.stages.flatMap(({ cells }) => cells),
      out: join(run.path, "sweep"),
      resume,
      reuse: request.reuse?.map((folder) => join(folder, "sweep")),
      shard,
      soFar,
      progress,
      signal,
      abortSignal,
    });
  const looks = options.stopWhenDecided
    ? looksOf(options.seeds.length)
    : { after: [options.seeds.length], level: 0.95 };
  const { level } = looks;
  const after = soFar ? looks.after.slice(-1) : looks.after;
  const { result, seeds } = await runLooks({ after, level }, {
    run: (seeds) => sweepTo(seeds, run.resumed || seeds > after[0]),
    undecided: ({ cells }, level) =>
      allFindings({ cells, reference: referenceOf(plan, cells), level })
        .filter(({ verdict, estimate }) => verdict === "undecided" && estimate !== null)
        .map(({ id }) => id),
    log: (line) => progress.log(line),
  });
  if (!soFar && result.missing.length > 0) return { path: run.path, missing: result.missing };
  if (result.cells.length === 0) {
    throw new Error(`Cannot report ${run.path} so far: none of its runs has an answer`);
  }
  const target = soFar ? join(run.path, "so-far") : run.path;
  await mkdir(target, { recursive: true });
  if (!soFar) await writeSweepFrame(result);
  await writeFileAtomic(
    join(target, "cells.parquet"),
    sweepFrame(result, true).writeParquet({ compression: "zstd" }),
  );
  if (options.students.length > 0) {
    await writeFileAtomic(
      join(target, "shareable.parquet"),
      sweepFrame({ cells: shareableCells(result.cells) }).writeParquet({ compression: "zstd" }),
    );
  }
  const stage = progress.stage("findings and report", null);
  const { cells } = result;
  const reference = referenceOf(plan, cells);
  const complete = cells.filter(({ name }) => !result.missing.includes(name));
  const runCount = complete.length + result.missing.length;
  const isUnfinished = result.missing.length > 0;
  const spentMs = cells.reduce((sum, cell) => sum + cell.durationMs, 0);
  const { manifest } = run;
  const students = [...new Set(plan.stages.flatMap(({ cells }) => cells).map((c) => c.student!))];
  const finished = options.seeds.filter((seed) => cells.some((cell) => cell.options.seed === seed));
  const runs = `seeds ${finished.slice(0, seeds).join(", ")}; ${cells.length} runs, which took ` +
    `${formatDuration(spentMs)} in all.`;
  const report = await buildPaperReport({ cells, reference, level, isUnfinished }, {
    title: options.students.length === 0
      ? "Distilling LLM agents into small models: the findings in the lab"
      : "Distilling LLM agents into small models: models of others",
    description: [
      ...describeTasks(students, reference, runs),
      ...after.length === 1 ? [] : [
        `The run looked at its findings after ${after.join(", ")} seeds at most and ended after ` +
        `${seeds}: so that looking more than once does not decide by chance, intervals of ` +
        `findings have ${levelText(level)} coverage at every look (Bonferroni).`,
      ],
      ...plan.notes,
      ...!isUnfinished ? [] : [
        `This report is of a run that is not finished: of its ${runCount} runs ${result.missing.length} are ` +
        "missing or in part there, with the tasks that every system which has begun has answered. " +
        "Nothing is decided.",
      ],
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
  const files = await writePaperReport(target, report);
  stage.done();
  return { path: run.path, reportPath: files.at(-1)!, report };
}

/** Settings of F2's runs; those of an older run name its teacher. */
function withoutTeacher(taught: JsonValue): JsonValue {
  if (taught === null || typeof taught !== "object" || Array.isArray(taught)) return taught;
  const { teacher: _, ...rest } = taught as Record<string, JsonValue>;
  return rest;
}

/** What was trained on what, and tested on what. */
function describeTasks(
  students: readonly string[],
  { train, test, trainTasks, testTasks, teacher }: DistillOptions,
  runs: string,
): string[] {
  if (train !== "lab" || test !== "lab") {
    return [
      `Students from ${students.map(modelName).join(", ")}, trained on ${
        setNames(train)
      } and tested on ` +
      `${setNames(test)}; ${runs}`,
      `The teacher is ${teacher === "annotations" ? "made of annotations" : modelName(teacher)}.`,
    ];
  }
  return [
    `Students of ${
      students.map(modelName).join(", ")
    } parameters, fine-tuned from a base model of their ` +
    `size on what the teacher did right of ${2 * trainTasks} training tasks; ${testTasks} test ` +
    `tasks of each of eight benchmarks; ${runs}`,
    teacher === "expert"
      ? "The students learn from the lab's scripted expert, which is no language model, and of " +
        "which nothing is claimed. F2, which is about the teacher, has a trained one."
      : "The teacher is a trained model with errors of its own.",
  ];
}

/** The command that makes the run again, as one types it. */
function commandOf(profile: PaperProfile, given: Partial<PaperOptions>): string {
  const { sizes, students, seeds, stages, taughtBy, stopWhenDecided, missingBase, base = {} } =
    given;
  return [
    `deno task potstill paper --profile ${profile}`,
    ...sizes === undefined ? [] : [`--sizes ${sizes.join(",")}`],
    ...(students ?? []).map((student) => `--student ${student}`),
    ...seeds === undefined ? [] : [`--seeds ${seeds.join(",")}`],
    ...(stages ?? []).length === 0 ? [] : [`--stages "${stages!.join(",")}"`],
    ...taughtBy === undefined ? [] : [`--taught-by ${taughtBy.join(",")}`],
    ...stopWhenDecided ? ["--stop-when-decided"] : [],
    ...missingBase === undefined ? [] : [`--missing-base ${missingBase}`],
    ...Object.entries(base).map(([name, value]) => `--set ${name}=${value}`),
  ].join(" ");
}
