import { join } from "node:path";
import type { Chart } from "../display/chart.ts";
import { escapeHtml } from "../display/escape_html.ts";
import { figure } from "../display/figure.ts";
import type { Table } from "../display/table.ts";
import type { ImproveRound } from "../improvement/improve_round.ts";
import { STEP_ERROR_KINDS } from "../records/step.ts";
import { writeFileAtomic } from "../runs/atomic_write.ts";
import { recordsTable } from "./records_table.ts";
import { REPORT_CSS } from "./report_css.ts";

/** Rounds as a table: what the attempts came to, and what was learned of them. */
export function improveTable(rounds: readonly ImproveRound[]): Table {
  const percent = (share: number | undefined) =>
    share === undefined ? null : Number((100 * share).toFixed(1));
  return recordsTable(
    rounds.map(({ round, attempts, kl, lessons, trainedTokens, tokens, clipped, durationMs }) => ({
      round,
      reward: attempts === null ? null : Number(attempts.reward.toFixed(3)),
      "correct %": percent(attempts?.correct),
      "solved %": percent(attempts?.solved),
      "agreement %": percent(attempts?.agreement),
      length: attempts === null ? null : Number(attempts.length.toFixed(1)),
      "parse errors %": attempts === null ? null : percent(attempts.errors.parse ?? 0),
      "code errors %": attempts === null ? null : percent(attempts.errors.execution ?? 0),
      kl: kl === null ? null : Number(kl.toFixed(4)),
      lessons,
      "tokens read": tokens,
      "tokens trained": trainedTokens,
      "clipped %": percent(clipped),
      minutes: Number((durationMs / 60_000).toFixed(2)),
    })),
    "Rounds. Figures of attempts are of the student before the round's training, at temperature 1; " +
      "kl is its divergence per token from the student at the start, in nats.",
  );
}

/** Reward, agreement, length, errors and divergence by round, in a panel each. */
export function improveChart(rounds: readonly ImproveRound[]): Promise<Chart> {
  const data = rounds.flatMap(({ round, attempts, kl }) => [
    ...(attempts === null ? [] : [
      { round, measure: "reward", line: "mean", value: attempts.reward },
      { round, measure: "agreement", line: "mean", value: attempts.agreement },
      { round, measure: "tokens of an attempt", line: "mean", value: attempts.length },
      ...STEP_ERROR_KINDS.filter((kind) => rounds.some((one) => one.attempts?.errors[kind]))
        .map((kind) => ({
          round,
          measure: "attempts with an error",
          line: kind,
          value: attempts.errors[kind] ?? 0,
        })),
    ]),
    ...(kl === null
      ? []
      : [{ round, measure: "divergence, nats per token", line: "mean", value: kl }]),
  ]);
  return figure({
    form: "line",
    name: "improvement",
    caption: "The student before each round's training, by its attempts at temperature 1.",
    data,
    x: "round",
    y: "value",
    color: "line",
    panel: "measure",
    panels: "beside",
    xAxis: { ticks: rounds.map(({ round }) => round) },
    width: 220,
    height: 200,
  });
}

/** Writes `report.html` with table and chart, and the table as CSV. */
export async function writeImproveReport(
  folder: string,
  { rounds, method }: { readonly rounds: readonly ImproveRound[]; readonly method: string },
): Promise<{ readonly path: string; readonly text: string }> {
  const table = improveTable(rounds);
  const chart = await improveChart(rounds);
  const warnings = rounds.flatMap(({ round, collapse }) =>
    collapse === null ? [] : [`Round ${round}: ${collapse}`]
  );
  const title = `Improvement by ${method}`;
  const path = join(folder, "report.html");
  await writeFileAtomic(join(folder, "tables", "rounds.csv"), table.toCsv());
  await writeFileAtomic(
    path,
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_CSS}</style>
</head>
<body>
<main>
<header><p class="kind">Potstill · report of a run</p><h1>${escapeHtml(title)}</h1></header>
${warnings.map((text) => `<p><strong>${escapeHtml(text)}</strong></p>`).join("\n")}
<section><h2>Rounds</h2>${table.toHtml()}</section>
<section><h2>Course</h2><figure>${chart.svg}<figcaption>${
      escapeHtml(chart.caption)
    }</figcaption></figure></section>
</main>
</body>
</html>
`,
  );
  return { path, text: table.toText() };
}
