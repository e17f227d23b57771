import { existsSync } from "node:fs";
import { join } from "node:path";
import { escapeHtml } from "../../display/escape_html.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { summarize } from "../../evaluation/summarize.ts";
import { mainTable } from "../../report/main_table.ts";
import { REPORT_CSS } from "../../report/report_css.ts";
import { section, tableHtml } from "../../report/report_html.ts";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { commandLine } from "../../runs/command_line.ts";
import { formatDuration } from "../../runs/progress/progress_line.ts";
import type { RunFolder } from "../../runs/run_folder.ts";
import type { EarlyAttempt } from "./early_attempt.ts";

/** Time after which a browser that shows the page reads it again, in seconds. */
const RELOAD_S = 15;

/**
 * The run's `report.html` while the run goes on: stages that have ended, early attempts, accuracies of
 * the systems that are evaluated. The finished report takes its place; where that is there already, as a
 * finished run is read again, nothing is written.
 */
export class LiveReport {
  readonly #run: RunFolder;
  readonly #startedAt = performance.now();
  readonly #stages: { readonly atMs: number; readonly name: string; readonly note: string }[] = [];
  readonly #attempts: EarlyAttempt[] = [];
  readonly #rows: EvaluationRow[] = [];
  readonly #isFinished: boolean;
  #end: string | null = null;
  #written: Promise<void> = Promise.resolve();

  /** Nothing is written before the first stage has ended. */
  constructor(run: RunFolder) {
    this.#run = run;
    this.#isFinished = existsSync(join(run.path, "metrics.json"));
  }

  /** Tells of a stage that has ended. */
  ended(name: string, note: string): void {
    this.#stages.push({ atMs: performance.now() - this.#startedAt, name, note });
    this.#write();
  }

  /** Shows an attempt. */
  attempted(attempt: EarlyAttempt): void {
    this.#attempts.push(attempt);
    this.#write();
  }

  /** Shows a system's graded answers. */
  evaluated(rows: readonly EvaluationRow[]): void {
    this.#rows.push(...rows);
    const right = rows.filter(({ verdict }) => verdict === "correct").length;
    this.ended(`Evaluation: ${rows[0].system}`, `${right} of ${rows.length} answers are right`);
  }

  /**
   * Waits until the page is written.
   * @throws {Error} when it could not be
   */
  async settled(): Promise<void> {
    await this.#written;
  }

  /** Says on the page that the run has ended without a report, unless nothing was written yet. */
  async stopped(error: unknown): Promise<void> {
    if (this.#stages.length + this.#attempts.length > 0) {
      this.#end = error instanceof Error ? error.message : String(error);
      this.#write();
    }
    await this.#written;
  }

  #write(): void {
    if (this.#isFinished) return;
    const html = this.#html();
    const path = join(this.#run.path, "report.html");
    // What could not be written is written with the next.
    this.#written = this.#written.catch(() => {}).then(() => writeFileAtomic(path, html));
    this.#written.catch(() => {});
  }

  #html(): string {
    const { manifest } = this.#run;
    const stages = this.#stages.map(({ atMs, name, note }) =>
      `<tr><td>${formatDuration(atMs)}</td><td>${escapeHtml(name)}</td><td>${
        escapeHtml(note)
      }</td></tr>`
    );
    const sections = [
      section(
        "Stages that have ended",
        `<div class="scroll"><table><thead><tr><th>after</th><th>stage</th><th>result</th></tr></thead>` +
          `<tbody>${stages.join("")}</tbody></table></div>`,
      ),
      ...this.#rows.length === 0
        ? []
        : [section("Accuracy so far", tableHtml(mainTable(summarize(this.#rows))))],
      ...this.#attempts.map(({ text, who }) =>
        section(who, `<pre>${escapeHtml(text.slice(who.length + 2))}</pre>`)
      ),
    ];
    const title = this.#end === null ? "A run that goes on" : "A run that has stopped";
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${this.#end === null ? `<meta http-equiv="refresh" content="${RELOAD_S}">` : ""}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${REPORT_CSS}</style>
</head>
<body>
<main>
<header>
<p class="kind">Potstill · ${title.toLowerCase()}</p>
<h1>Agent distillation</h1>
<p>${
      this.#end === null
        ? "The run is not finished: this page fills as its stages end, and the report takes its place."
        : `The run has ended without a report (${
          escapeHtml(this.#end)
        }); the same command with --resume goes on.`
    }</p>
<p class="meta">${escapeHtml(`Run ${manifest.id} · ${commandLine(manifest)}`)}</p>
</header>
${sections.join("\n")}
</main>
</body>
</html>
`;
  }
}
