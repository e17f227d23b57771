import { join } from "node:path";
import { writeFileAtomic } from "../runs/atomic_write.ts";
import { buildReport, type Report, reportCharts, reportTables } from "./build_report.ts";
import { reportHtml, reportMarkdown, reportText } from "./report_html.ts";
import type { ReportInput } from "./report_input.ts";

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
  const contents = new Map<string, string>();
  for (const table of reportTables(report)) {
    contents.set(join("tables", `${table.name}.csv`), table.toCsv());
    contents.set(join("tables", `${table.name}.tex`), table.toLatex());
    contents.set(join("tables", `${table.name}.md`), table.toMarkdown());
  }
  for (const chart of reportCharts(report)) {
    contents.set(join("figures", `${chart.name}.svg`), chart.svg + "\n");
    contents.set(join("figures", `${chart.name}.vl.json`), chart.toJson());
  }
  contents.set("report.md", reportMarkdown(report));
  contents.set("report.html", reportHtml(report));

  const files: string[] = [];
  for (const [name, content] of contents) {
    const path = join(dir, name);
    await writeFileAtomic(path, content);
    files.push(path);
  }
  return { report, files, text: reportText(report) };
}
