import { findingsTable } from "../findings/all_findings.ts";
import type { Finding, FindingVerdict } from "../findings/finding.ts";
import { escapeHtml } from "../../display/escape_html.ts";
import { escapeMarkdown, markdownCode } from "../../display/escape_markdown.ts";
import { REPORT_CSS } from "../../report/report_css.ts";
import { definitions, figureHtml, section, tableHtml } from "../../report/report_html.ts";
import { percent } from "../../display/table.ts";
import type { Chart } from "../../display/chart.ts";
import type { Table } from "../../display/table.ts";

const CSS = `
.verdicts { display:grid; grid-template-columns:repeat(auto-fill,minmax(270px,1fr)); gap:12px; margin:20px 0; }
.verdicts a { display:block; text-decoration:none; color:inherit; background:var(--panel);
  border:1px solid var(--line); border-left-width:5px; border-radius:8px; padding:12px 14px; }
.verdicts b { display:block; font-size:15px; } .verdicts small { color:var(--soft); font-size:13px; }
.holds { border-left-color:#009e73 !important; } .fails { border-left-color:#d55e00 !important; }
.none { border-left-color:#0072b2 !important; } .undecided { border-left-color:#8a94a1 !important; }
.finding h3 { margin:34px 0 6px; font-size:18px; } .finding .source { color:var(--soft); font-size:14px; }
.badge { display:inline-block; border:1px solid var(--line); border-left-width:5px; border-radius:6px;
  padding:1px 10px; font-size:14px; font-weight:600; margin-right:8px; }
.findings td { white-space:normal; } .findings td:nth-child(2) { text-align:left; min-width:280px; }
`;

const CLASS: Readonly<Record<FindingVerdict, string>> = {
  "holds": "holds",
  "does not hold": "fails",
  "no difference": "none",
  "undecided": "undecided",
};

/** The report as one HTML page that needs no network: style and figures are inline. */
export function paperHtml(report: PaperReport): string {
  const { tables, charts, findings } = report;
  const chart = (name: string) => {
    const found = charts.find((one) => one.name === name);
    return found === undefined ? "" : figureHtml(found);
  };
  const ofFinding: Readonly<Record<string, string>> = {
    F3: chart("accuracy_by_candidates"),
    F6: chart("tokens_written"),
    F8: chart("accuracy_by_trajectories"),
    F11: chart("cascade"),
  };
  const bySize = [
    chart("accuracy_by_tier"),
    tables.means === null ? "" : tableHtml(tables.means),
    tables.tiers === null ? "" : tableHtml(tables.tiers),
  ].join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(report.title)}</title>
<style>${REPORT_CSS}${CSS}</style>
</head>
<body>
<main>
<header>
<p class="kind">Potstill · the paper in miniature</p>
<h1>${escapeHtml(report.title)}</h1>
${report.description.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n")}
</header>
<div class="verdicts">${findings.map(tileHtml).join("\n")}</div>
${bySize === "" ? "" : section("By size of the student", bySize)}
${
    section(
      "The findings",
      findings.map((one) => findingHtml(one, ofFinding[one.id] ?? "")).join("\n"),
    )
  }
${tables.goingOn === null ? "" : section("Past imitation", tableHtml(tables.goingOn))}
${tables.power === null ? "" : section("How many tasks would decide", tableHtml(tables.power))}
${section("How to read them", METHOD)}
${
    section(
      "How to reproduce it",
      `<pre>${escapeHtml(report.command)}</pre>` + definitions(report.facts),
    )
  }
<footer>Made by Potstill. Tables as Markdown, LaTeX and CSV and figures as SVG and Vega-Lite are beside
this page.</footer>
</main>
</body>
</html>
`;
}

function tileHtml(finding: Finding): string {
  const { id, claim, verdict } = finding;
  return `<a class="${CLASS[verdict]}" href="#${id}"><b>${id} ${verdict}</b><small>${
    escapeHtml(claim)
  }${headline(finding)}</small></a>`;
}

function headline({ parts }: Finding): string {
  const part = parts.find(({ verdict, isAside }) => verdict !== null && !isAside);
  if (part === undefined || part.interval === null) return "<br>no runs";
  const signed = part.unit === "difference";
  const { estimate, low, high } = part.interval;
  return `<br>${escapeHtml(part.name)}: ${percent(estimate, signed)} [${percent(low, signed)}, ${
    percent(high, signed)
  }]`;
}

function findingHtml({ id, claim, source, verdict, note, table }: Finding, figure: string): string {
  return `<div class="finding" id="${id}">
<h3>${id}: ${escapeHtml(claim)}</h3>
<p><span class="badge ${CLASS[verdict]}">${verdict}</span><span class="source">${
    escapeHtml(source)
  }</span></p>
<p>${escapeHtml(note)}</p>
${tableHtml(table)}${figure}</div>`;
}

const METHOD =
  `<p>Every comparison is paired: the same test tasks, the same seeds. A seed decides the
training tasks, the order and chance of training, and sampling. Intervals have 95% coverage and allow for
other tasks and other seeds: both are drawn again, independently of each other (of three seeds two are drawn,
so that their share of the variance is not underrated). In simulations with three seeds they covered 97%
where seeds differ little and 90% where they differ much.</p>
<p>A claimed figure <em>holds</em> when its whole interval lies on the claimed side of the threshold, and
<em>does not hold</em> when all of it lies on the other side. Where a difference is claimed and the whole interval
is within 2 points of 0, there is <em>no difference</em> that matters (two one-sided tests); else, or with
fewer than three seeds, it is <em>undecided at this scale</em>. A finding holds when all of its claimed figures
do, and does not hold when one of them does not, or when some hold and others show no difference.
Verdicts are not corrected for their number.</p>`;

/** The report as Markdown, with the figures as links to the files beside it. */
export function paperMarkdown(report: PaperReport): string {
  const { tables, charts, findings } = report;
  return [
    `# ${report.title}`,
    ...report.description,
    findingsTable(findings).toMarkdown(),
    "## By size of the student",
    ...[tables.means, tables.tiers].filter((table) => table !== null).map((table) =>
      `${table.toMarkdown()}\n${table.caption}`
    ),
    ...charts.map((chart) => `![${escapeMarkdown(chart.caption)}](figures/${chart.name}.svg)`),
    ...findings.map(({ id, claim, source, verdict, note, table }) =>
      `## ${id}: ${claim}\n\n**${verdict}** (${source}). ${note}\n\n${table.toMarkdown()}`
    ),
    ...tables.goingOn === null
      ? []
      : ["## Past imitation", tables.goingOn.toMarkdown(), tables.goingOn.caption],
    ...tables.power === null
      ? []
      : ["## How many tasks would decide", tables.power.toMarkdown(), tables.power.caption],
    "## How to reproduce it",
    markdownCode(report.command),
    report.facts.map(([name, value]) => `- ${name}: ${value}`).join("\n"),
  ].join("\n\n") + "\n";
}

/** Texts of the page beside the figures. */
export interface PaperFacts {
  /** Heading of the page. */
  readonly title: string;
  /** Paragraphs that open it. */
  readonly description: readonly string[];
  /** The command that makes the report again. */
  readonly command: string;
  /** Names and versions of what it ran on, and the like. */
  readonly facts: readonly (readonly [string, string])[];
}

/** Tables, figures and findings of the paper in miniature. */
export interface PaperReport extends PaperFacts {
  /** In order. */
  readonly findings: readonly Finding[];
  /** Means by size, and accuracy by benchmark; null when no student of the reference was run. */
  readonly tables: {
    readonly means: Table | null;
    readonly tiers: Table | null;
    /** Students that go on after their distillation; null where none does. */
    readonly goingOn: Table | null;
    readonly power: Table | null;
  };
  /** In order; those without data are left out. */
  readonly charts: readonly Chart[];
}
