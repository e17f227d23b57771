import { compareSystems, type PairedComparison } from "../evaluation/compare_systems.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { summarize, type Summary } from "../evaluation/summarize.ts";
import { systemIdOf } from "../evaluation/system_id.ts";
import { ablationTable } from "./ablation_table.ts";
import { accuracyChart } from "./accuracy_chart.ts";
import { agreementTable, disagreementTable } from "./agreement_table.ts";
import { capabilityTable } from "./capability_table.ts";
import type { Chart } from "../display/chart.ts";
import { codeErrorTable } from "./code_error_table.ts";
import { errorChart } from "./error_chart.ts";
import { costTable, errorTable } from "./error_table.ts";
import { lossChart } from "./loss_chart.ts";
import { mainTable } from "./main_table.ts";
import { pairedTable } from "./paired_table.ts";
import { policySentence, policyTable } from "./policy_table.ts";
import { publishedTable } from "./published_averages.ts";
import { sampleChart } from "./sample_chart.ts";
import type { ReportInput } from "./report_input.ts";
import type { Table } from "../display/table.ts";
import { seedTable } from "./seed_table.ts";
import { allTraits, tierTable } from "./tier_table.ts";
import { tokenChart } from "./token_chart.ts";
import { voteChart } from "./vote_chart.ts";
import { numberOfVotesChart } from "./number_of_votes_chart.ts";

/** Tables and figures of a run, ready to be shown or written. */
export interface Report {
  /** The input of the report. */
  readonly input: ReportInput;
  /** Accuracies of every system. */
  readonly summary: Summary;
  /** Paired differences, in the order asked for. */
  readonly comparisons: readonly PairedComparison[];
  /** The tables; null where there is nothing to show. */
  readonly tables: {
    readonly main: Table;
    readonly paired: Table | null;
    readonly policies: Table | null;
    readonly tiers: Table | null;
    readonly sag: Table | null;
    readonly ftp: Table | null;
    readonly seeds: Table | null;
    readonly codeErrors: Table | null;
    readonly errors: Table;
    readonly costs: Table;
    readonly agreement: Table | null;
    readonly disagreements: Table | null;
    readonly capabilities: Table | null;
    readonly published: Table | null;
  };
  /** The figures; null where there is nothing to show. */
  readonly charts: {
    readonly accuracy: Chart;
    readonly loss: Chart | null;
    readonly errors: Chart;
    readonly votes: Chart | null;
    readonly numbers: Chart | null;
    readonly tokens: Chart | null;
    readonly samples: Chart | null;
  };
}

/**
 * Makes a run's tables and figures.
 *
 * @throws {Error} when there are no rows, or a comparison names a system that has none
 */
export async function buildReport(input: ReportInput): Promise<Report> {
  if (input.rows.length === 0) throw new Error("Cannot make a report: there are no rows");
  const present = new Set(input.rows.map((row) => row.system));
  const nameOf = namesById(input.rows);
  const pairs = input.comparisons.map((pair) =>
    pair.map((system) => {
      const name = present.has(system) ? system : nameOf.get(system);
      if (name !== undefined) return name;
      throw new Error(`Cannot make a report: no rows of the system "${system}" to compare`);
    })
  );
  const named = input.systems.map((system) => system.name).filter((name) => present.has(name));
  const order = [...new Set([...named, ...present])];
  const rows = order.flatMap((system) => input.rows.filter((row) => row.system === system));
  const options = { seed: input.run.seed };
  const summary = summarize(rows);
  const comparisons = pairs.map(([a, b]) => compareSystems(rows, a, b, options));
  const ranked = order.filter((name) =>
    rows.some((row) => row.system === name && row.student !== null)
  );
  const traits = allTraits(rows, order);
  const imported = input.imported ?? [];
  return {
    input,
    summary,
    comparisons,
    tables: {
      main: mainTable(summary, {
        ranked: ranked.length === 0 ? order : ranked,
        note: policySentence(rows),
      }),
      policies: policyTable(rows),
      paired: comparisons.length === 0 ? null : pairedTable(comparisons),
      tiers: tierTable(summary, traits),
      sag: ablationTable(rows, traits, "sag", input.run.seed),
      ftp: ablationTable(rows, traits, "ftp", input.run.seed),
      seeds: seedTable(rows, order),
      codeErrors: codeErrorTable(rows, order),
      errors: errorTable(rows, order),
      costs: costTable(rows, order),
      capabilities: capabilityTable(rows, order),
      published: input.methods === undefined ? null : publishedTable(summary, input.methods),
      agreement: agreementTable(imported),
      disagreements: disagreementTable(imported),
    },
    charts: {
      accuracy: await accuracyChart(summary, rows),
      loss: input.lossCurves.length === 0 ? null : await lossChart(input.lossCurves),
      errors: await errorChart(rows, order),
      votes: await voteChart(rows, order),
      numbers: await numberOfVotesChart(summary, traits, rows),
      tokens: await tokenChart(rows, order),
      samples: input.sampleCurves === undefined ? null : await sampleChart(input.sampleCurves),
    },
  };
}

/**
 * The name of each system, by its id.
 *
 * @throws {Error} when two systems have one name, which would be one line in every table
 */
function namesById(rows: readonly EvaluationRow[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const row of rows) {
    const id = systemIdOf(row);
    if (!names.has(id)) names.set(id, row.system);
    const other = ids.get(row.system);
    if (other === undefined) ids.set(row.system, id);
    else if (other !== id) {
      throw new Error(
        `Cannot make a report: two systems, ${other} and ${id}, are called "${row.system}"; ` +
          "give one of them another name",
      );
    }
  }
  return names;
}

/** The tables that a report has, in order. */
export function reportTables(report: Report): Table[] {
  const { main, policies, paired, tiers, published, sag, ftp, capabilities } = report.tables;
  const { seeds, codeErrors, errors, costs, agreement, disagreements } = report.tables;
  return [
    main,
    policies,
    paired,
    tiers,
    published,
    sag,
    ftp,
    seeds,
    capabilities,
    codeErrors,
    errors,
    costs,
    agreement,
    disagreements,
    ...report.input.data ?? [],
  ].filter((table) => table !== null);
}

/** The figures that a report has, in order. */
export function reportCharts(report: Report): Chart[] {
  const { accuracy, loss, errors, votes, numbers, samples, tokens } = report.charts;
  return [accuracy, loss, errors, votes, numbers, samples, tokens].filter((chart) =>
    chart !== null
  );
}
