import type { Table } from "../display/table.ts";
import type { LossPoint } from "../student/train/training_summary.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { ImportedResult } from "../evaluation/import_results.ts";
import type { PublishedMethod } from "./published_averages.ts";
import type { SampleCurve } from "./sample_chart.ts";
import type { JsonValue } from "../records/json.ts";

/** The loss curve of one student. */
export interface LossCurve {
  /** The student's name, as in the tables. */
  readonly student: string;
  /** The losses, in order of steps. */
  readonly points: readonly LossPoint[];
}

/** A sentence on a system, for readers of the report. */
export interface SystemDescription {
  /** As in {@link EvaluationRow.system}. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
}

/** Origin of a report: run, command, seed, versions, settings. */
export interface ReportRun {
  /** The run's id. */
  readonly runId: string;
  /** The command that makes the run again. */
  readonly command: string;
  /** The run's seed; intervals are drawn with it too. */
  readonly seed: number;
  /** The profile's name. */
  readonly profile?: string;
  /** ISO 8601. */
  readonly startedAt?: string;
  /** Wall time of the whole run, in milliseconds. */
  readonly durationMs?: number;
  /** Names and versions of what it ran on. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Settings as resolved, for the appendix. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
}

/** Everything that a report shows. */
export interface ReportInput {
  /** Heading of the page. */
  readonly title: string;
  /** Paragraphs that open the report: what was run, what the expert is, what to keep in mind. */
  readonly description: readonly string[];
  /** Origin of the report. */
  readonly run: ReportRun;
  /** In the order of the tables; systems of the rows that are not named here follow. */
  readonly systems: readonly SystemDescription[];
  /** Tables about the data: sets, what the search reaches, questions in two sets. @default none */
  readonly data?: readonly Table[];
  /** The graded answers. */
  readonly rows: readonly EvaluationRow[];
  /** One curve per trained student. */
  readonly lossCurves: readonly LossCurve[];
  /**
   * Pairs `[a, b]` of systems to compare, by id or by name, as a minus b; the first is the headline.
   */
  readonly comparisons: readonly (readonly [string, string])[];
  /** The paper's method of each system, for a table beside its averages. */
  readonly methods?: Readonly<Record<string, PublishedMethod>>;
  /** Accuracy by number of samples, where it was measured. */
  readonly sampleCurves?: readonly SampleCurve[];
  /** Records of other tools among the rows, with their recorded verdicts. */
  readonly imported?: readonly ImportedResult[];
  /** Sources of the data, one per line. */
  readonly credits?: readonly string[];
}
