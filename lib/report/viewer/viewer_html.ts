import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Trajectory } from "../../records/trajectory.ts";
import { escapeHtml } from "../../display/escape_html.ts";
import { type ViewRecord, viewRecord } from "./view_record.ts";

/** Title and settings of the page. */
export interface ViewerOptions {
  /** The heading. */
  readonly title: string;
  /** One line below it. @default "" */
  readonly about?: string;
  /** US dollars per million tokens, to show what each trajectory cost. @default null */
  readonly prices?: { readonly input: number; readonly output: number } | null;
}

const pageFile = (name: string) => readFile(new URL(`./page/${name}`, import.meta.url), "utf8");

/**
 * Trajectories as one HTML page that needs nothing else: a list with filters by verdict, reason,
 * error, benchmark and number of steps, a text search, and each trajectory step by step with its code,
 * observations, tool calls, candidates and votes, tokens and cost. The page's address keeps the filters.
 *
 * @example
 * ```ts
 * import { viewerHtml } from "@potstill/report/viewer/viewer_html.ts";
 * const html = await viewerHtml([], { title: "No run" });
 * if (!html.startsWith("<!doctype html>")) throw new Error("no page");
 * ```
 */
export async function viewerHtml(
  trajectories: Iterable<Trajectory>,
  options: ViewerOptions,
): Promise<string> {
  const prompts: [string, string][] = [];
  const indices = new Map<string, number>();
  const promptIndex = (role: string, content: string) => {
    const key = `${role}\n${content}`;
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, prompts.length);
    return prompts.push([role, content]) - 1;
  };
  const records = Array.from(trajectories, (trajectory) => viewRecord(trajectory, promptIndex));
  const meta = {
    title: options.title,
    about: options.about ?? "",
    prices: options.prices ?? null,
    prompts,
    verdicts: countBy(records, ({ verdict }) => [verdict]),
    reasons: countBy(records, ({ reasons }) => reasons),
    errors: countBy(records, ({ errors }) => errors),
    benchmarks: countBy(records, ({ benchmark }) => [benchmark]),
    steps: countBy(records, ({ bucket }) => [bucket]).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  const data = await promisify(gzip)(JSON.stringify({ meta, records }));
  const [css, highlight, script] = await Promise.all(
    ["viewer.css", "highlight_python.js", "viewer.js"].map(pageFile),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(options.title)}</title>
<style>
${css}</style>
</head>
<body>
<header>
<h1 id="title"></h1>
<p id="about"></p>
<div class="filters">
<input id="search" type="search" placeholder="Search all text (press /)" aria-label="Search">
${select("verdict", "every verdict")}
${select("reason", "kept and rejected")}
${select("error", "with or without errors")}
${select("benchmark", "every benchmark")}
${select("steps", "any number of steps")}
<span id="count"></span>
</div>
</header>
<div id="list" role="listbox" aria-label="Trajectories"><div id="rows"></div></div>
<main id="detail"></main>
<script id="data" type="application/octet-stream">${data.toString("base64")}</script>
<script>
${highlight.replaceAll("export function", "function")}
${script}</script>
</body>
</html>
`;
}

function select(id: string, all: string): string {
  return `<select id="${id}" aria-label="${id}"><option value="">${all}</option></select>`;
}

function countBy(
  records: readonly ViewRecord[],
  keys: (record: ViewRecord) => readonly string[],
): [string, number][] {
  const counts = new Map<string, number>();
  for (const record of records) {
    for (const key of keys(record)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}
