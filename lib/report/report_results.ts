import { join } from "node:path";
import { majorityCurves } from "../evaluation/majority_curves.ts";
import { type EvaluationRow, questionKey } from "../evaluation/evaluation_row.ts";
import type { SystemTraits } from "../evaluation/system_traits.ts";
import { writeJsonl } from "../runs/jsonl.ts";
import { ablationPairs } from "./ablation_table.ts";
import type { LoadedResults } from "./load_results.ts";
import { PUBLISHED_AVERAGES, type PublishedMethod } from "./published_averages.ts";
import { allTraits } from "./tier_table.ts";
import { writeReport, type WrittenReport } from "./write_report.ts";

/** Settings of a report of loaded results. */
export interface ReportResultsOptions {
  /** Folder of the report. */
  readonly out: string;
  /** The command that makes it again. */
  readonly command: string;
  /** Heading of the page. @default "Evaluation" */
  readonly title?: string;
  /** Pairs `[a, b]` to compare, as a minus b. @default found by {@link comparisonsOf} */
  readonly comparisons?: readonly (readonly [string, string])[];
  /** Seed of the intervals' draws. @default 0 */
  readonly seed?: number;
}

/**
 * Writes tables and figures of loaded results into a folder, and the rows themselves as `rows.jsonl`:
 * own runs and imported results side by side.
 *
 * @throws {Error} when there are no rows, or a comparison names a system that has none
 *
 * @example
 * ```ts
 * import { loadResults, reportResults } from "@potstill";
 * export async function report(): Promise<readonly string[]> {
 *   const results = await loadResults([{ path: "runs/agent" }, { path: "results", name: "theirs" }]);
 *   return (await reportResults(results, { out: "report", command: "" })).files;
 * }
 * ```
 */
export async function reportResults(
  { rows, imported, files }: Omit<LoadedResults, "frame">,
  options: ReportResultsOptions,
): Promise<WrittenReport> {
  const { out, command, title = "Evaluation", seed = 0 } = options;
  const systems = [...new Set(rows.map((row) => row.system))];
  const traits = allTraits(rows, systems);
  const methods = Object.fromEntries(
    traits.filter(({ method }) => Object.hasOwn(PUBLISHED_AVERAGES, method))
      .map(({ system, method }) => [system, method as PublishedMethod]),
  );
  const curves = majorityCurves(rows, systems, { seed });
  const written = await writeReport(out, {
    title,
    description: [
      `${rows.length.toLocaleString("en-US")} graded answers of ${systems.length} systems` +
      (imported.length === 0
        ? "."
        : `, ${
          imported.length.toLocaleString("en-US")
        } of them recorded elsewhere and graded anew.`),
    ],
    run: {
      runId: out.split(/[\\/]/).filter((part) => part !== "").at(-1) ?? "report",
      command,
      seed,
      settings: { files: [...files] },
    },
    systems: [],
    rows,
    lossCurves: [],
    comparisons: options.comparisons ?? comparisonsOf(traits, rows),
    imported,
    ...(Object.keys(methods).length === 0 ? {} : { methods }),
    ...(curves.length === 0 ? {} : { sampleCurves: curves }),
  });
  await writeJsonl(join(out, "rows.jsonl"), rows);
  return written;
}

/**
 * The pairs worth comparing: within a tier each agent against each CoT of the same kind (distilled or
 * prompted), and each system against the one without sag or first-thought prefix. Pairs without a
 * common task are left out.
 */
export function comparisonsOf(
  traits: readonly SystemTraits[],
  rows: readonly EvaluationRow[],
): [string, string][] {
  const tasks = (system: string) =>
    new Set(rows.filter((r) => r.system === system).map(questionKey));
  const haveCommonTask = (a: string, b: string) => {
    const other = tasks(b);
    return [...tasks(a)].some((task) => other.has(task));
  };
  const agents = traits.filter(({ paradigm }) => paradigm === "agent");
  const cots = traits.filter(({ paradigm }) => paradigm !== "agent");
  const pairs = agents.flatMap((agent) =>
    cots.filter((cot) => cot.tier === agent.tier && cot.isStudent === agent.isStudent)
      .map((cot): [string, string] => [agent.system, cot.system])
  );
  for (const ablation of ["sag", "ftp"] as const) {
    for (const pair of ablationPairs(traits, rows, ablation)) pairs.push([pair.with, pair.without]);
  }
  return pairs.filter(([a, b]) => haveCommonTask(a, b));
}
