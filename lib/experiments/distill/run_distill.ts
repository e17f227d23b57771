import type { DataFrame } from "nodejs-polars";
import { openLab } from "../../workbench/open_lab.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import { openRun } from "../../runs/run_folder.ts";
import type { ActingContext, DistillContext } from "./distill_context.ts";
import {
  baseSettings,
  checkDistillOptions,
  type DistillOptions,
  type ProfileName,
  profiles,
} from "./distill_options.ts";
import { addRollouts } from "./add_rollouts.ts";
import { openBaseModel } from "./base_model.ts";
import { evaluate } from "./evaluate.ts";
import { rowsFrame } from "../../evaluation/rows_frame.ts";
import { taughtTasks, testTasks } from "./lab_tasks.ts";
import { type DistillMetrics, distillMetrics } from "./metrics.ts";
import { makeReport } from "./report.ts";
import { storedBaseHash } from "../../student/stored_base.ts";
import { openStudents } from "./students.ts";
import { evaluatedSystems } from "./systems.ts";
import { teach } from "./teach.ts";
import { openTeacher, teacherHash } from "./teacher.ts";
import { trainStudents } from "./train_students.ts";
import { keepConversations, makeTrainingSets } from "./training_sets.ts";

/** Settings of a distillation. */
export interface DistillRequest {
  /** The settings to begin with. @default "default" */
  readonly profile?: ProfileName;
  /** Settings that differ from the profile's. */
  readonly settings?: Partial<DistillOptions> | Readonly<Record<string, JsonValue>>;
  /** Folder that the run is stored in. @default a new folder in `data/runs/` */
  readonly out?: string;
  /** Go on with an earlier run of the same settings. @default false */
  readonly resume?: boolean;
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Stops the run, which can then be resumed. */
  readonly signal?: AbortSignal;
}

/** The result of a distillation. */
export interface DistillResult {
  /** The run's folder. */
  readonly path: string;
  /** The main tables as text. */
  readonly table: string;
  /** Path of `report.html`. */
  readonly reportPath: string;
  /** Also in `metrics.json`. */
  readonly metrics: DistillMetrics;
  /** Every graded answer as a Polars frame. */
  frame(): DataFrame;
}

/**
 * Distils an agent in the lab, end to end: the teacher's trajectories, filter, training data, three
 * students, evaluation on eight benchmarks, report. Every stage stores what it does, and a resumed
 * run gives what an undisturbed one gives.
 *
 * @throws {Error} when a setting, the folder or stored data is at fault, or the signal's reason
 */
export async function distill(request: DistillRequest): Promise<DistillResult> {
  const profile = request.profile ?? "default";
  const { options, resolved } = await resolveDistill(request);
  const prompts = await loadPrompts();
  await using run = await openRun({
    command: "distill",
    given: { profile, ...request.settings },
    resolved,
    prompts: prompts.hashes,
    out: request.out,
    resume: request.resume,
  });
  const { progress } = request;
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  try {
    return await runStages({ options, run, prompts, progress, signal });
  } finally {
    stop.abort(new Error("the run has ended"));
  }
}

/**
 * The settings of a request with the profile's filled in, and what the run's manifest says of them.
 *
 * @throws {RangeError} naming the setting that is at fault
 * @throws {Error} when there is no stored base model of the size, or no teacher in its folder
 */
export async function resolveDistill(
  request: Pick<DistillRequest, "profile" | "settings">,
): Promise<{ readonly options: DistillOptions; readonly resolved: Record<string, JsonValue> }> {
  const profile = request.profile ?? "default";
  const options = checkDistillOptions({ ...profiles[profile], ...request.settings });
  const unused = baseSettings.find((name) => name in (request.settings ?? {}));
  if (options.base === "stored" && unused !== undefined) {
    throw new RangeError(
      `Cannot distil: ${unused} is for a base model that is trained in the run (base: trained)`,
    );
  }
  const baseSha256 = options.base === "stored" ? await storedBaseHash(options.studentSize) : null;
  const teacherSha256 = await teacherHash(options);
  return { options, resolved: { profile, ...options, baseSha256, teacherSha256 } };
}

async function runStages(base: DistillContext): Promise<DistillResult> {
  const startedAt = performance.now();
  const stage = base.progress.stage("search index", null);
  const lab = await openLab({
    topK: base.options.topK,
    signal: base.signal,
    onProgress: (written, total) => stage.update(written, `passages of ${total}`),
  });
  stage.update(lab.passages ?? 0, "passages");
  stage.done();
  const context: ActingContext = { ...base, lab };
  try {
    const teacher = await openTeacher(base.options);
    const taught = await teach(context, teacher, taughtTasks(base.options));
    const kept = await keepConversations(context, taught);
    const baseModel = await openBaseModel(context, kept);
    const taughtSets = await makeTrainingSets(context, kept, baseModel.tokenizer);
    const { sets, before } = await addRollouts(context, teacher, taughtSets, baseModel);
    const students = await trainStudents(context, sets, baseModel);
    const training = [baseModel.training, before, ...students].filter((one) => one !== null);
    const opened = await openStudents(context);
    const systems = evaluatedSystems(context, { teacher, ...opened.models });
    const rows = await evaluate(context, systems, testTasks(base.options), teacher.model.name);
    await opened.close();
    await teacher.close();
    const durationMs = performance.now() - startedAt;
    const report = await makeReport(context, { systems, rows, training, durationMs, teacher });
    const metrics = await distillMetrics(context, { taught, sets, training, report, durationMs });
    return {
      path: base.run.path,
      table: report.text,
      reportPath: report.htmlPath,
      metrics,
      frame: () => rowsFrame(rows),
    };
  } finally {
    await lab.close();
  }
}
