import { cellTags, type Notebook } from "./notebook.ts";

/** The code of a notebook as one TypeScript module, with the way back to its cells. */
export interface ExtractedCells {
  /** All code cells in order. */
  readonly source: string;
  /** For each line of `source` from the first, the cell and line (both from 1) that it came from. */
  readonly origins: readonly (CellPosition | null)[];
}

/** A line of a notebook. */
export interface CellPosition {
  /** Number of the cell among all cells, from 1. */
  readonly cell: number;
  /** Line within the cell, from 1. */
  readonly line: number;
}

/** Tags of cells that are not run or are meant to fail, and so are not checked. */
const UNCHECKED_TAGS = ["skip-execution", "raises-exception"];

/**
 * Joins a notebook's code cells into one module, for type check and lint. Unlike in the kernel, a
 * name can be declared only once in it.
 *
 * @example
 * ```ts
 * import { extractCells } from "@potstill/cli/notebook/extract_cells.ts";
 * const cell = { cell_type: "code" as const, metadata: {}, source: "const x = 1;\nx + 1;" };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 };
 * const { source, origins } = extractCells(notebook);
 * const line = source.split("\n").indexOf("x + 1;");
 * if (origins[line]?.cell !== 1 || origins[line]?.line !== 2) throw new Error(source);
 * ```
 */
export function extractCells(notebook: Notebook): ExtractedCells {
  const lines: string[] = [];
  const origins: (CellPosition | null)[] = [];
  const add = (line: string, origin: CellPosition | null) => {
    lines.push(line);
    origins.push(origin);
  };
  notebook.cells.forEach((cell, index) => {
    if (cell.cell_type !== "code" || cell.source.trim() === "") return;
    if (cellTags(cell).some((tag) => UNCHECKED_TAGS.includes(tag))) return;
    add(`// cell ${index + 1}`, null);
    cell.source.split("\n").forEach((line, i) => add(line, { cell: index + 1, line: i + 1 }));
  });
  add("export {};", null);
  return { source: lines.join("\n") + "\n", origins };
}

/**
 * Rewrites the positions that a tool reports for the extracted module, `path:12:3`, as positions in
 * the notebook, `name cell 4, line 2, column 3`.
 *
 * @param report the tool's output
 * @param path how the tool calls the module
 * @param name how to call the notebook
 */
export function mapPositions(
  report: string,
  path: string,
  name: string,
  origins: ExtractedCells["origins"],
): string {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const position = new RegExp(`(?:file://)?${escaped}:(\\d+):(\\d+)`, "g");
  return report.replace(position, (text, line, column) => {
    const origin = origins[Number(line) - 1];
    return origin ? `${name} cell ${origin.cell}, line ${origin.line}, column ${column}` : text;
  });
}
