import { basename, join } from "node:path";
import { resolveSampling } from "../../agent/sampling.ts";
import { type EvaluateRequest, evaluateSystem } from "../../evaluation/evaluate_system.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import {
  checkSystemRequest,
  defaultSystemName,
  SYSTEM_OPTIONS,
  type SystemRequest,
} from "../../evaluation/system_options.ts";
import type { GenerationStatus } from "../../generation/run_attempts.ts";
import { rowsFrame } from "../../evaluation/rows_frame.ts";
import { canonicalJson } from "../../runs/canonical_json.ts";
import { newRunPath } from "../../runs/run_folder.ts";
import { type Teacher, teacherName } from "../../workbench/open_teacher.ts";
import { type Ablation, compareValues, labelOf } from "./ablation.ts";
import { cellName } from "./sweep_cells.ts";

/** Options that can be varied of a model that is finished. */
export type SystemOption = Exclude<
  keyof typeof SYSTEM_OPTIONS,
  "benchmark" | "benchmarkName" | "split" | "limit" | "seed" | "attempts" | "model"
>;

/** Settings of an evaluation, without the model and the tasks. */
export type SystemSettings = Omit<
  EvaluateRequest,
  "benchmark" | "out" | "teacher" | "student"
>;

/** An option to vary, and the model and tasks to vary it on. */
export interface AblateSystemRequest<Name extends SystemOption> extends SystemSettings {
  /** The option that is varied. */
  readonly option: Name;
  /**
   * Its values; the first is what the others are compared with. A value that needs other options as
   * well is an object of options.
   */
  readonly values: readonly (NonNullable<SystemSettings[Name]> | Partial<SystemSettings>)[];
  /** Folder of the finished student; beside `teacher`, the name of the student that is behind it. */
  readonly student?: string;
  /** Another model in place of a student: an endpoint, or the lab's expert. */
  readonly teacher?: Teacher;
  /** Lab benchmarks by name, and benchmark files. */
  readonly benchmarks: readonly string[];
  /** Folder of the evaluations. @default a new folder in `data/runs/` */
  readonly out?: string;
}

/** An evaluation stopped before its end: with `resume`, the ablation goes on from there. */
export class UnfinishedError extends Error {
  /** Distinguishes it from other errors. */
  override readonly name = "UnfinishedError";
  /** The status of the evaluation at its end. */
  readonly status: GenerationStatus;

  /** Names the evaluation and the reason. */
  constructor(what: string, status: GenerationStatus, problem: string | null) {
    super(`Cannot compare ${what}: ${problem ?? status}; --resume goes on`);
    this.status = status;
  }
}

/**
 * Evaluates one finished model with each value of one option, on the same tasks, and says what the
 * option changes. Nothing is trained, so the verdict is on this model: its intervals are over tasks,
 * and over attempts where there are several. Each evaluation is a folder that `report` reads.
 *
 * @throws {RangeError} naming an option or a value that is at fault, before anything is run
 * @throws {UnfinishedError} when an evaluation stopped before its end
 *
 * @example
 * ```ts
 * import { type Ablation, openProgress } from "@potstill";
 * import { ablateSystem } from "@potstill/experiments/sweep/ablate_system.ts";
 * export const candidates = (student: string): Promise<Ablation> =>
 *   ablateSystem({
 *     option: "candidates",
 *     values: [1, 4, 8],
 *     student,
 *     benchmarks: ["lab-hotpotqa"],
 *     progress: openProgress(),
 *   });
 * ```
 */
export async function ablateSystem<Name extends SystemOption>(
  request: AblateSystemRequest<Name>,
): Promise<Ablation> {
  const { option, values, benchmarks, student, teacher: other, out, ...settings } = request;
  const teacher = other ?? (student === undefined ? undefined : { student });
  if (teacher === undefined) {
    throw new RangeError(`Cannot ablate ${option}: no student and no teacher is named`);
  }
  const overrides = values.map((value) =>
    (typeof value === "object" ? value : { [option]: value }) as Readonly<Record<string, unknown>>
  );
  checkRequest(request, overrides);
  const requestOf = (override: object, benchmark: string) => ({
    ...greedyAlone(override),
    ...settings,
    ...override,
    ...(other === undefined || student === undefined ? {} : { student }),
    teacher,
    benchmark,
  });
  overrides.forEach((override) => checkSystemRequest(requestOf(override, benchmarks[0])));
  const path = out ?? newRunPath({ command: "ablate", resolved: {} });
  const rows: { label: string; rows: EvaluationRow[] }[] = [];
  for (const override of overrides) {
    const label = labelOf(option, override);
    const ofValue: EvaluationRow[] = [];
    for (const benchmark of benchmarks) {
      const asked = requestOf(override, benchmark);
      const { status, problem, rows } = await evaluateSystem({
        ...asked,
        name: systemNameOf(asked, override),
        out: join(path, cellName(override), benchmarkFolder(benchmark)),
      });
      if (status !== "complete") {
        throw new UnfinishedError(`${option} ${label} on ${benchmark}`, status, problem);
      }
      ofValue.push(...rows);
    }
    rows.push({ label, rows: ofValue });
  }
  return await compareValues({
    path,
    option,
    system: settings.model ?? teacherName(teacher) ?? "the model",
    values: rows,
    cells: [],
    frame: () => rowsFrame(rows.flatMap((value) => value.rows)),
    minSeeds: 1,
  });
}

/** Options that a system's default name tells. */
const NAMED: readonly string[] = ["system", "candidates", "samples", "firstThoughtPrefix"];

/** A name for each value, so that a report tells them apart: `student agent, sag 8, voteOn-logs`. */
function systemNameOf(
  request: SystemRequest & Pick<SystemSettings, "name">,
  override: object,
): string {
  const { name = defaultSystemName(request) } = request;
  const isTold = (option: string) => request.name === undefined && NAMED.includes(option);
  const others = Object.entries(override).filter(([option]) => !isTold(option));
  return others.length === 0
    ? name
    : `${name}, ${cellName(Object.fromEntries(others)).replaceAll("_", ", ")}`;
}

/** One candidate, or one sample, has nothing to vote on and is greedy, however many attempts there are. */
function greedyAlone({ candidates, samples }: Partial<SystemSettings>): Partial<SystemSettings> {
  return candidates === 1 || samples === 1 ? resolveSampling({}, false) : {};
}

function benchmarkFolder(benchmark: string): string {
  return basename(benchmark).replaceAll(/[^\w.+-]+/g, "-");
}

function checkRequest(
  { option, benchmarks, ...settings }: { option: string; benchmarks: readonly string[] },
  overrides: readonly Readonly<Record<string, unknown>>[],
): void {
  const varied = Object.keys(SYSTEM_OPTIONS).filter((name) => !FIXED.has(name));
  if (!varied.includes(option)) {
    throw new RangeError(
      `Cannot ablate ${option} of a finished model: the options are ${varied.join(", ")}`,
    );
  }
  if ((settings as Record<string, unknown>)[option] !== undefined) {
    throw new RangeError(`Cannot ablate ${option}: it is set for every value already`);
  }
  const without = overrides.find((override) => override[option] === undefined);
  if (without !== undefined) {
    throw new RangeError(
      `Cannot ablate ${option}: the value ${JSON.stringify(without)} does not set it`,
    );
  }
  const unknown = overrides.flatMap((override) => Object.keys(override))
    .find((name) => !varied.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot ablate ${option}: a value sets ${unknown}; the options are ${varied.join(", ")}`,
    );
  }
  const values = overrides.map((override) => canonicalJson(override[option] ?? null));
  if (values.length < 2 || new Set(values).size !== values.length) {
    throw new RangeError(
      `Cannot ablate ${option}: it needs two or more different values, not ${values.join(", ")}`,
    );
  }
  if (new Set(benchmarks.map(benchmarkFolder)).size !== benchmarks.length || !benchmarks.length) {
    throw new RangeError(
      `Cannot ablate ${option}: benchmarks must be one or more of different names, not [${
        benchmarks.join(", ")
      }]`,
    );
  }
}

/** Options that choose tasks and model: the same under every value. */
const FIXED = new Set([
  "benchmark",
  "benchmarkName",
  "split",
  "limit",
  "seed",
  "attempts",
  "model",
]);
