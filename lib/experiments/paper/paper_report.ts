import type { PaperFacts } from "./paper_html.ts";
import type { PaperReport } from "./paper_html.ts";
import { summarize } from "../../evaluation/summarize.ts";
import { goingOn, goingOnChart, goingOnTable } from "./going_on.ts";
import { allFindings, findingJson, findingsTable } from "../findings/all_findings.ts";
import { cascadeCurve } from "../findings/f11_cascade.ts";
import { sagCurve } from "../findings/f3_sag.ts";
import { trajectoryCurve } from "../findings/f8_trajectories.ts";
import { systemFacts } from "../distill/system_facts.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { powerTable } from "../findings/power.ts";
import type { FindingInput } from "../findings/finding_input.ts";
import type { Table } from "../../display/table.ts";
import { allTraits, tierTable } from "../../report/tier_table.ts";
import { tokenChart } from "../../report/token_chart.ts";
import { writeReportFolder } from "../../report/write_report_folder.ts";
import { paperHtml, paperMarkdown } from "./paper_html.ts";
import { curveChart, tierChart, tierMeansTable, tierPoints, tierRows } from "./tier_figures.ts";

/** Tests the findings and draws the figures. */
export async function buildPaperReport(
  input: FindingInput,
  facts: PaperFacts,
): Promise<PaperReport> {
  const points = tierPoints(input);
  const ways = goingOn(input);
  const rows = tierRows(input);
  const greedy = tierRows(input, (slug) => !systemFacts[slug].votes);
  const sag = sagCurve(input);
  const taught = trajectoryCurve(input).points;
  const knowsKept = taught.every(({ kept }) => kept !== null);
  const amount = knowsKept ? "kept trajectories" : "training tasks";
  const escalated = cascadeCurve(input);
  const charts = await Promise.all([
    points.length === 0 ? null : tierChart(points),
    sag.points.length < 2 ? null : curveChart({
      name: "accuracy_by_candidates",
      caption: `Accuracy of the ${sag.size} agent student by number of candidates (1 is greedy), ` +
        "with its 95% band over tasks and seeds.",
      xAxis: { title: "candidates N", log: true },
      points: sag.points.map(({ samples: x, accuracy }) => ({ x, accuracy })),
    }),
    taught.length < 2 ? null : curveChart({
      name: "accuracy_by_trajectories",
      caption: `Accuracy of the agent student by ${amount} that it was trained on, with its 95% ` +
        "band over tasks and seeds.",
      xAxis: { title: amount, log: true },
      points: taught.map(({ kept, tasks, accuracy }) => ({
        x: knowsKept ? Math.round(kept!) : tasks,
        accuracy,
      })),
    }),
    escalated.length === 0 ? null : curveChart({
      name: "cascade",
      caption: "Accuracy when the tasks on which sag's candidates agree least go to the teacher " +
        "agent, by share of tasks; mean over the sizes, with its 95% band.",
      xAxis: { title: "tasks that the teacher answers", percent: true },
      points: escalated.map(({ share: x, accuracy }) => ({ x, accuracy })),
    }),
    // A vote writes as many times more as it has candidates, which would hide the others.
    greedy.length === 0 ? null : tokenChart(greedy, namesOf(greedy)),
    ways.length === 0 ? null : goingOnChart(ways),
  ]);
  const findings = allFindings(input);
  const power = powerTable(findings);
  return {
    ...facts,
    findings,
    tables: {
      means: points.length === 0 ? null : tierMeansTable(points),
      tiers: rows.length === 0 ? null : tierTable(summarize(rows), allTraits(rows, namesOf(rows))),
      goingOn: ways.length === 0 ? null : goingOnTable(ways),
      power: power.rows.length === 0 ? null : power,
    },
    charts: charts.filter((chart) => chart !== null),
  };
}

function namesOf(rows: readonly EvaluationRow[]): string[] {
  return [...new Set(rows.map((row) => row.system))];
}

/** The tables that a report has, in order. */
function paperTables({ findings, tables }: PaperReport): Table[] {
  const { means, tiers, goingOn, power } = tables;
  return [
    findingsTable(findings),
    means,
    tiers,
    goingOn,
    power,
    ...findings.map(({ table }) => table),
  ]
    .filter((table) => table !== null);
}

/**
 * Writes `report.html` (self-contained), `report.md`, `findings.json`, `tables/*.{md,tex,csv}` and
 * `figures/*.{svg,vl.json}` into `dir`; `report.html` comes last, so that where it is, all of it is.
 *
 * @returns the paths of the files
 * @throws {Error} naming the file that cannot be written
 */
export function writePaperReport(dir: string, report: PaperReport): Promise<string[]> {
  const findings = report.findings.map(findingJson);
  return writeReportFolder(dir, {
    tables: paperTables(report),
    charts: report.charts,
    files: {
      "findings.json": JSON.stringify(findings, null, 2) + "\n",
      "report.md": paperMarkdown(report),
      "report.html": paperHtml(report),
    },
  });
}
