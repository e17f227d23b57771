import { type CellOutput, cellTags, type Notebook, type NotebookCell } from "./notebook.ts";

/** Tag of a cell whose outputs differ from run to run and are no result. */
const VOLATILE_TAG = "volatile";

/** Texts that {@link cleanNotebook} removes. */
export interface CleanOptions {
  /** Absolute folders with what stands for them, such as the project's folder and `.`. */
  readonly folders: Readonly<Record<string, string>>;
}

/**
 * A notebook fit to be kept under version control: without the times at which cells ran, without
 * displays marked as volatile (progress lines), without the outputs of cells tagged `volatile`,
 * without terminal colours, and without the folders of the machine that it ran on.
 *
 * @example
 * ```ts
 * import { cleanNotebook } from "@potstill/cli/notebook/clean_notebook.ts";
 * const cell = {
 *   cell_type: "code" as const,
 *   metadata: { execution: { started: "12:00" } },
 *   source: "",
 *   outputs: [{ output_type: "stream" as const, name: "stdout" as const, text: "/home/ada/run/x" }],
 * };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 };
 * const clean = cleanNotebook(notebook, { folders: { "/home/ada/run": "." } });
 * const text = JSON.stringify(clean);
 * if (text.includes("/home/ada") || text.includes("12:00")) throw new Error(text);
 * ```
 */
export function cleanNotebook(notebook: Notebook, options: CleanOptions): Notebook {
  // Longest first, so that a folder within another keeps its own name.
  const folders = Object.entries(options.folders).sort(([a], [b]) => b.length - a.length);
  const cleanText = (text: string) =>
    folders.reduce((done, [folder, name]) => replaceFolder(done, folder, name), plain(text));
  return {
    ...notebook,
    cells: notebook.cells.map((cell): NotebookCell => {
      const { execution: _, ...metadata } = cell.metadata;
      if (cell.outputs === undefined) return { ...cell, metadata };
      const isVolatile = cellTags(cell).includes(VOLATILE_TAG);
      const kept = isVolatile ? [] : cell.outputs.filter((output) => !isVolatileDisplay(output));
      return { ...cell, metadata, outputs: kept.map((output) => mapTexts(output, cleanText)) };
    }),
  };
}

function isVolatileDisplay(output: CellOutput): boolean {
  if (output.output_type !== "display_data" && output.output_type !== "execute_result") {
    return false;
  }
  return (output.metadata.potstill as { volatile?: unknown } | undefined)?.volatile === true;
}

function replaceFolder(text: string, folder: string, name: string): string {
  const escaped = folder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replace(new RegExp(`(?:file://)?${escaped}(?![\\w-])`, "g"), () => name);
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]);
  return Object.fromEntries(entries) as T;
}
