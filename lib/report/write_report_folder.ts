import { join } from "node:path";
import type { Chart } from "../display/chart.ts";
import type { Table } from "../display/table.ts";
import { writeFileAtomic } from "../runs/atomic_write.ts";

/** The contents of a report's folder. */
export interface ReportFolder {
  /** Tables, for `tables/*.{csv,tex,md}`. */
  readonly tables: readonly Table[];
  /** Charts, for `figures/*.{svg,vl.json}`. */
  readonly charts: readonly Chart[];
  /** Other files by name, such as the pages; they are written last, in their order. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Writes tables, figures and pages into a folder. Each file is written under another name and then
 * renamed, so that the last of `files` is there only when all of it is.
 *
 * @returns the paths of the files
 * @throws {Error} naming the file that cannot be written
 */
export async function writeReportFolder(
  dir: string,
  { tables, charts, files }: ReportFolder,
): Promise<string[]> {
  const contents: [string, string][] = [
    ...tables.flatMap((table): [string, string][] => [
      [`tables/${table.name}.csv`, table.toCsv()],
      [`tables/${table.name}.tex`, table.toLatex()],
      [`tables/${table.name}.md`, table.toMarkdown()],
    ]),
    ...charts.flatMap((chart): [string, string][] => [
      [`figures/${chart.name}.svg`, chart.svg + "\n"],
      [`figures/${chart.name}.vl.json`, chart.toJson()],
    ]),
    ...Object.entries(files),
  ];
  const paths: string[] = [];
  for (const [name, content] of contents) {
    const path = join(dir, ...name.split("/"));
    await writeFileAtomic(path, content);
    paths.push(path);
  }
  return paths;
}
