import type { DataFrame } from "nodejs-polars";
import pl from "nodejs-polars";
import { escapeHtml } from "./escape_html.ts";
import { escapeLatex } from "./escape_latex.ts";
import { escapeMarkdown } from "./escape_markdown.ts";
import { printable } from "./printable.ts";

/** A number with its interval, as shares (0 to 1) shown in percent. */
export interface IntervalCell {
  /** The number itself. */
  readonly estimate: number;
  /** Lower bound of the interval. */
  readonly low: number;
  /** Upper bound of the interval. */
  readonly high: number;
  /** True if it is set off as the best. @default false */
  readonly best?: boolean;
  /** True if it has a sign, as for differences. @default false */
  readonly signed?: boolean;
}

/** A cell of a {@link Table}: text, an interval, or null for empty. */
export type Cell = string | IntervalCell | null;

/** The parts of a {@link Table}. */
export interface TableParts {
  /** A file name without extension, such as `main_table`. */
  readonly name: string;
  /** The caption, in a sentence or two. */
  readonly caption: string;
  /** Headings, one per column. */
  readonly columns: readonly string[];
  /** Sides that cells stand on, one per column. @default left for words, right for numbers */
  readonly align?: readonly ("left" | "right" | null)[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly Cell[])[];
  /** The same figures as a frame with one plain value per cell, for CSV and notebooks. */
  readonly frame: DataFrame;
}

/** MIME types to contents, as Jupyter front ends take them. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/**
 * A table for people, with the frame that it was made from. It prints as text in a terminal, as
 * HTML in a notebook, and as Markdown, LaTeX or CSV in files.
 */
export class Table {
  /** A file name without extension. */
  readonly name: string;
  /** The caption, in a sentence or two. */
  readonly caption: string;
  /** Headings, one per column. */
  readonly columns: readonly string[];
  /** Sides that cells stand on, one per column; null where the cells decide. */
  readonly align: readonly ("left" | "right" | null)[];
  /** Cells, row by row; the first of each is its heading. */
  readonly rows: readonly (readonly Cell[])[];
  /** The figures as a Polars frame. */
  readonly frame: DataFrame;

  /** Makes a table. @throws {RangeError} when a row has not as many cells as there are columns */
  constructor(parts: TableParts) {
    for (const row of parts.rows) {
      if (row.length !== parts.columns.length) {
        throw new RangeError(
          `Cannot make table ${parts.name}: ${parts.columns.length} columns, a row of ${row.length} cells`,
        );
      }
    }
    this.name = parts.name;
    this.caption = parts.caption;
    this.columns = parts.columns;
    this.align = parts.align ?? parts.columns.map(() => null);
    this.rows = parts.rows;
    this.frame = parts.frame;
  }

  /** The table for a terminal: bounds of intervals in whole percent, a star at the best. */
  toText(): string {
    const parts = this.rows.map((row) => row.map(shortCell));
    // Estimates stand below each other, and so do their intervals.
    const widest = (c: number, part: 0 | 1) =>
      Math.max(0, ...parts.map((row) => row[c][1] === "" ? 0 : row[c][part].length));
    const body = parts.map((row) =>
      row.map(([estimate, interval], c) =>
        interval === ""
          ? estimate
          : `${estimate.padStart(widest(c, 0))} ${interval.padEnd(widest(c, 1))}`
      )
    );
    const widths = this.columns.map((_, c) =>
      Math.max(9, ...body.map((row) => [...row[c]].length))
    );
    const headings = this.columns.map((name, c) => wrap(printable(name), widths[c]));
    headings.forEach((lines, c) => {
      widths[c] = Math.max(widths[c], ...lines.map((line) => line.length));
    });
    const height = Math.max(...headings.map((lines) => lines.length));
    const head = Array.from(
      { length: height },
      (_, line) => headings.map((lines) => lines[line - height + lines.length] ?? ""),
    );
    const rule = widths.map((width) => "-".repeat(width));
    return [...head, rule, ...body].map((row) =>
      row.map((cell, c) => this.#isText(c) ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))
        .join("  ").trimEnd() + "\n"
    ).join("");
  }

  /** The same table with rows for columns; the frame stays as it is. */
  transpose(): Table {
    return new Table({
      name: this.name,
      caption: this.caption,
      columns: [this.columns[0], ...this.rows.map((row) => plainCell(row[0]))],
      rows: this.columns.slice(1).map((name, c) => [name, ...this.rows.map((row) => row[c + 1])]),
      frame: this.frame,
    });
  }

  /** The table in GitHub's Markdown; the best of a column in bold. */
  toMarkdown(): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
    const rule = `| ${
      this.columns.map((_, c) => this.#isText(c) ? "---" : "---:").join(" | ")
    } |\n`;
    const body = this.rows.map((row) =>
      line(
        row.map((cell) =>
          isBest(cell)
            ? `**${plainCell(cell)}**`
            : typeof cell === "string"
            ? escapeMarkdown(cell)
            : plainCell(cell)
        ),
      )
    );
    return line(this.columns.map(escapeMarkdown)) + rule + body.join("");
  }

  /** The table as a LaTeX `tabular` with booktabs rules; the best of a column in bold. */
  toLatex(): string {
    const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\\n`;
    const body = this.rows.map((row) => line(row.map(latexCell)));
    const columns = this.columns.map((_, c) => this.#isText(c) ? "l" : "r").join("");
    return `\\begin{tabular}{${columns}}\n\\toprule\n` +
      line(this.columns.map(escapeLatex)) + "\\midrule\n" + body.join("") +
      "\\bottomrule\n\\end{tabular}\n";
  }

  /**
   * The frame as comma-separated values with a header line. A text that a spreadsheet would take for a
   * formula (`=1+1`) is written after an apostrophe, which it does not show.
   */
  toCsv(): string {
    const columns = this.frame.getColumns().map((column) => {
      const values = column.toArray() as unknown[];
      const isText = values.some((value) => typeof value === "string");
      return isText
        ? pl.Series(csvText(column.name), values.map((v) => typeof v === "string" ? csvText(v) : v))
        : column.rename(csvText(column.name));
    });
    return pl.DataFrame(columns).writeCSV().toString();
  }

  /** The table as an HTML `<table>` without style. */
  toHtml(): string {
    const side = this.columns.map((_, c) =>
      c > 0 && this.#isText(c) ? ' style="text-align:left"' : ""
    );
    const head = this.columns.map((name, c) => `<th scope="col"${side[c]}>${escapeHtml(name)}</th>`)
      .join("");
    const body = this.rows.map((row) =>
      `<tr>${row.map((cell, c) => htmlCell(cell, c === 0, side[c])).join("")}</tr>`
    ).join("\n");
    return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
  }

  /** True if a column is read, not compared: the first, and those with words. */
  #isText(column: number): boolean {
    const side = this.align[column] ?? null;
    return side !== null ? side === "left" : column === 0 ||
      this.rows.some((row) => typeof row[column] === "string" && /^\p{L}/u.test(row[column]));
  }

  /** The display of the table in Jupyter front ends. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return {
      "text/plain": this.toText(),
      "text/markdown": this.toMarkdown(),
      "text/html": `${this.toHtml()}<p><small>${escapeHtml(this.caption)}</small></p>`,
    };
  }
}

/** A share in percent with one decimal, such as `41.9`; with a sign when `signed`. */
export function percent(share: number, signed = false): string {
  if (!Number.isFinite(share)) return "–";
  const text = (Math.abs(share) * 100).toFixed(1);
  if (share < 0 && text !== "0.0") return `−${text}`;
  return signed && text !== "0.0" ? `+${text}` : text;
}

function isBest(cell: Cell): boolean {
  return typeof cell === "object" && cell !== null && cell.best === true;
}

function range(cell: IntervalCell): string {
  return `[${percent(cell.low, cell.signed)}, ${percent(cell.high, cell.signed)}]`;
}

function plainCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return cell;
  return `${percent(cell.estimate, cell.signed)} ${range(cell)}`;
}

/** A text, or an estimate and its interval. */
function shortCell(cell: Cell): readonly [string, string] {
  if (cell === null || typeof cell === "string") return [printable(cell ?? ""), ""];
  const bound = (share: number) => percent(Math.round(share * 100) / 100, cell.signed).slice(0, -2);
  const star = cell.best === true ? "*" : "";
  return [
    `${star}${percent(cell.estimate, cell.signed)}`,
    `(${bound(cell.low)}..${bound(cell.high)})`,
  ];
}

/** `text` in lines of at most `width` characters, broken at spaces and after hyphens. */
function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const part of text.split(/(?<=[ -])/)) {
    const last = lines[lines.length - 1];
    if (last !== "" && (last + part.trimEnd()).length > width) lines.push(part);
    else lines[lines.length - 1] = last + part;
  }
  return lines.map((line) => line.trimEnd());
}

function htmlCell(cell: Cell, isHeading: boolean, side: string): string {
  if (isHeading) return `<th scope="row">${escapeHtml(plainCell(cell))}</th>`;
  if (cell === null) return "<td></td>";
  if (typeof cell === "string") return `<td${side}>${escapeHtml(cell)}</td>`;
  const value = percent(cell.estimate, cell.signed);
  const shown = cell.best === true ? `<strong>${value}</strong>` : value;
  return `<td>${shown}<br><small>${range(cell)}</small></td>`;
}

function latexCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return escapeLatex(cell);
  const value = latexNumber(percent(cell.estimate, cell.signed));
  const bold = cell.best === true ? `\\mathbf{${value}}` : value;
  return `$${bold}$ {\\scriptsize $${latexNumber(range(cell))}$}`;
}

/** A number, or none, in mathematics. */
function latexNumber(text: string): string {
  return text.replaceAll("−", "-").replaceAll("–", "\\mbox{--}");
}

function csvText(text: string): string {
  return /^'*[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(?:\.\d+)?$/.test(text) ? `'${text}` : text;
}
