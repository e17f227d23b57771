import { buildReport, type Report, reportCharts, reportTables } from "./build_report.ts";
import { reportHtml, reportMarkdown, reportText } from "./report_html.ts";
import type { ReportInput } from "./report_input.ts";
import { writeReportFolder } from "./write_report_folder.ts";

/** A report that was written. */
export interface WrittenReport {
  /** The tables and figures that were written. */
  readonly report: Report;
  /** Paths of the files, `report.html` last. */
  readonly files: readonly string[];
  /** The main tables as text, for a terminal. */
  readonly text: string;
}

/**
 * Writes a run's report into `dir`: `report.html` (self-contained), `report.md`, `tables/*.csv`,
 * `tables/*.tex` and `tables/*.md`, `figures/*.svg` and `figures/*.vl.json`. Each file is written under another name
 * and then renamed; `report.html` comes last, so that where it is, all of it is.
 *
 * @throws {Error} when there is nothing to report, or a file cannot be written
 */
export async function writeReport(dir: string, input: ReportInput): Promise<WrittenReport> {
  const report = await buildReport(input);
  const files = await writeReportFolder(dir, {
    tables: reportTables(report),
    charts: reportCharts(report),
    files: { "report.md": reportMarkdown(report), "report.html": reportHtml(report) },
  });
  return { report, files, text: reportText(report) };
}
