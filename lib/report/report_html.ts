import { questionKey } from "../evaluation/evaluation_row.ts";
import { formatDuration } from "../runs/progress/progress_line.ts";
import { type Report, reportCharts, reportTables } from "./build_report.ts";
import type { Chart } from "../display/chart.ts";
import { escapeHtml } from "../display/escape_html.ts";
import { escapeMarkdown, markdownCode } from "../display/escape_markdown.ts";
import { formatP } from "./paired_table.ts";
import { REPORT_CSS } from "./report_css.ts";
import { percent, type Table } from "../display/table.ts";

/** The report as one HTML page that needs no network: style and figures are inline. */
export function reportHtml(report: Report): string {
  const { input, tables, charts } = report;
  const sections = [
    systemsSection(report),
    section("Accuracy", tableHtml(tables.main) + figureHtml(charts.accuracy)),
    tables.policies === null
      ? ""
      : section("Mathematics by another grader's rule", tableHtml(tables.policies)),
    tables.paired === null ? "" : section("Differences between systems", tableHtml(tables.paired)),
    tables.tiers === null ? "" : section("By size of the model", tableHtml(tables.tiers)),
    ablationSection(report),
    tables.seeds === null ? "" : section("From seed to seed", tableHtml(tables.seeds)),
    tables.published === null ? "" : section("Beside the paper", tableHtml(tables.published)),
    charts.loss === null ? "" : section("Training", figureHtml(charts.loss)),
    section(
      "What went wrong",
      [
        figureHtml(charts.errors),
        tables.codeErrors === null ? "" : tableHtml(tables.codeErrors),
        tableHtml(tables.errors),
      ].join(""),
    ),
    charts.votes === null ? "" : section("Votes", figureHtml(charts.votes)),
    charts.numbers === null && charts.samples === null ? "" : section(
      "Number of samples",
      [charts.numbers, charts.samples].map((chart) => chart === null ? "" : figureHtml(chart))
        .join(""),
    ),
    tables.capabilities === null
      ? ""
      : section("What the agents used", tableHtml(tables.capabilities)),
    section(
      "What it cost",
      (charts.tokens === null ? "" : figureHtml(charts.tokens)) + tableHtml(tables.costs),
    ),
    tables.agreement === null
      ? ""
      : section("Recorded answers, graded anew", tableHtml(tables.agreement)),
    (report.input.data ?? []).length === 0
      ? ""
      : section("The data", report.input.data!.map(tableHtml).join("")),
    methodSection(report),
    reproduceSection(report),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(input.title)}</title>
<style>${REPORT_CSS}</style>
</head>
<body>
<main>
<header>
<p class="kind">Potstill · report of a run</p>
<h1>${escapeHtml(input.title)}</h1>
${input.description.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n")}
<p class="meta">${escapeHtml(metaLine(report))}</p>
</header>
${tilesHtml(report)}
${sections.filter((html) => html !== "").join("\n")}
<footer>Made by Potstill from ${report.input.rows.length.toLocaleString("en-US")} graded answers.
Tables as CSV and figures as SVG and Vega-Lite are beside this page.</footer>
</main>
</body>
</html>
`;
}

/** A section of a page under a heading. */
export function section(title: string, html: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${html}\n</section>`;
}

function ablationSection({ tables: { sag, ftp } }: Report): string {
  const shown = [sag, ftp].filter((table) => table !== null);
  return shown.length === 0 ? "" : section("Ablations", shown.map(tableHtml).join(""));
}

/** A table with its caption. */
export function tableHtml(table: Table): string {
  return `<div class="scroll">${table.toHtml()}</div>\n<p class="caption">${
    escapeHtml(table.caption)
  }</p>\n`;
}

/** A figure, drawn inline, with its caption and its words for those who do not see it. */
export function figureHtml(chart: Chart): string {
  const svg = chart.svg.replace(
    "<svg ",
    () => `<svg role="img" aria-label="${escapeHtml(`${chart.caption} ${chart.text}`)}" `,
  );
  return `<figure>${svg}<figcaption>${escapeHtml(chart.caption)}</figcaption></figure>\n`;
}

function metaLine({ input: { run, rows } }: Report): string {
  const benchmarks = new Set(rows.map((row) => row.benchmark)).size;
  const tasks = new Set(rows.map(questionKey)).size;
  return [
    `Run ${run.runId}`,
    ...run.profile === undefined ? [] : [`profile ${run.profile}`],
    `seed ${run.seed}`,
    `${tasks.toLocaleString("en-US")} test tasks in ${benchmarks} benchmarks`,
    ...run.startedAt === undefined ? [] : [run.startedAt.slice(0, 16).replace("T", " ") + " UTC"],
    ...run.durationMs === undefined ? [] : [`${formatDuration(run.durationMs)} in all`],
  ].join(" · ");
}

/** The first comparison as three figures: its two systems and their difference. */
function tilesHtml({ summary, comparisons }: Report): string {
  const headline = comparisons[0];
  if (headline === undefined) return "";
  const mean = (system: string) =>
    summary.means.find((m) => m.system === system && m.domain === "all");
  const systemTile = (system: string) => {
    const found = mean(system);
    if (found === undefined) return "";
    const { estimate, low, high } = found.accuracy;
    return tile(
      system,
      `${percent(estimate)}%`,
      `mean of ${found.benchmarks} benchmarks, 95% interval ${percent(low)} to ${percent(high)}`,
    );
  };
  const { estimate, low, high } = headline.difference;
  const p = formatP(headline.pValue);
  return `<div class="tiles">${systemTile(headline.a)}${systemTile(headline.b)}${
    tile(
      "difference, same tasks",
      `${percent(estimate, true)} points`,
      `95% interval ${percent(low, true)} to ${percent(high, true)}, p ${
        p.startsWith("<") ? p : `= ${p}`
      }`,
    )
  }</div>`;
}

function tile(label: string, value: string, note: string): string {
  return `<div class="tile"><span>${escapeHtml(label)}</span><b>${escapeHtml(value)}</b><small>${
    escapeHtml(note)
  }</small></div>`;
}

function systemsSection({ input }: Report): string {
  if (input.systems.length === 0) return "";
  return section("The systems", definitions(input.systems.map((s) => [s.name, s.description])));
}

function methodSection(report: Report): string {
  const { summary } = report;
  const unscored = summary.scores.reduce((sum, score) => sum + score.unscored, 0);
  return section(
    "How to read the figures",
    `<p>An answer to a question is right when it matches the gold answer or an alias exactly after
normalisation (case, punctuation, articles); an answer in mathematics is right when it is equal to
the gold answer. ${
      unscored === 0
        ? "Every answer could be graded."
        : `${unscored} answers could not be graded; they are in no mean.`
    }</p>
<p>Intervals have 95% coverage: Wilson's for one benchmark (widened where tasks share a source), put
together for means over benchmarks, and the paired bootstrap for differences. They measure the choice
of test tasks, not the chance in training: another training seed would move the figures further.</p>`,
  );
}

function reproduceSection(report: Report): string {
  const { run, credits = [] } = report.input;
  const versions = Object.entries(run.versions ?? {});
  const settings = Object.entries(run.settings ?? {})
    .map(([key, value]): [string, string] => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
  return section(
    "How to reproduce it",
    `<pre>${escapeHtml(run.command)}</pre>` +
      (versions.length === 0 ? "" : definitions(versions)) +
      (settings.length === 0
        ? ""
        : `<details><summary>Settings as resolved</summary>${definitions(settings)}</details>`) +
      (credits.length === 0 ? "" : `<p>${credits.map(escapeHtml).join("<br>")}</p>`),
  );
}

/** Terms with what is said of each. */
export function definitions(entries: readonly (readonly [string, string])[]): string {
  return `<dl>${
    entries.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`)
      .join("\n")
  }</dl>`;
}

/** The report as Markdown, with the figures as links to the files beside it. */
export function reportMarkdown(report: Report): string {
  const { input } = report;
  const charts = reportCharts(report);
  return [
    `# ${escapeMarkdown(input.title)}`,
    ...input.description.map(escapeMarkdown),
    escapeMarkdown(metaLine(report)),
    ...(input.systems.length === 0 ? [] : [
      "## The systems",
      input.systems.map((s) => `- **${escapeMarkdown(s.name)}**: ${escapeMarkdown(s.description)}`)
        .join("\n"),
    ]),
    "## Tables",
    ...reportTables(report).filter((table) => table !== report.tables.disagreements).map((table) =>
      `${table.toMarkdown()}\n${table.caption}`
    ),
    "## Figures",
    ...charts.map((chart) => `![${escapeMarkdown(chart.caption)}](figures/${chart.name}.svg)`),
    "## How to reproduce it",
    markdownCode(input.run.command),
  ].join("\n\n") + "\n";
}

/** The tables as text, for the end of a run in a terminal. */
export function reportText(report: Report): string {
  const { main, paired } = report.tables;
  return [main.transpose(), paired].filter((table) => table !== null)
    .map((table) => `${table.toText()}${table.caption}\n`).join("\n");
}
