/** Representations of one output by media type. Text is one string; JSON types hold their value. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Text that a cell printed. */
export interface StreamOutput {
  /** Tells the kinds of output apart. */
  readonly output_type: "stream";
  /** Name of the stream. */
  readonly name: "stdout" | "stderr";
  /** All that was printed without another output between. */
  readonly text: string;
}

/** Something that a cell displayed, or the value of its last expression. */
export interface DisplayOutput {
  /** Tells the kinds of output apart. */
  readonly output_type: "display_data" | "execute_result";
  /** The same thing in several forms. */
  readonly data: MimeBundle;
  /** By media type or for the whole. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Only in an `execute_result`. */
  readonly execution_count?: number | null;
}

/** An exception that ended a cell. */
export interface ErrorOutput {
  /** Tells the kinds of output apart. */
  readonly output_type: "error";
  /** The exception's name. */
  readonly ename: string;
  /** The exception's message. */
  readonly evalue: string;
  /** The lines shown to the user. */
  readonly traceback: readonly string[];
}

/** An output of a code cell. */
export type CellOutput = StreamOutput | DisplayOutput | ErrorOutput;

/** A cell. `outputs` and `execution_count` are only in code cells. */
export interface NotebookCell {
  /** Type: `code` is run, `markdown` rendered, `raw` left alone. */
  readonly cell_type: "code" | "markdown" | "raw";
  /** Unique within the notebook; absent in old notebooks. */
  readonly id?: string;
  /** Tags and what front ends keep. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The whole text; a notebook file stores it as lines. */
  readonly source: string;
  /** In the order of arrival. */
  readonly outputs?: readonly CellOutput[];
  /** The number in `[ ]`, or null when the cell has not run. */
  readonly execution_count?: number | null;
  /** Images pasted into a markdown cell. */
  readonly attachments?: unknown;
}

/**
 * A Jupyter notebook in memory, with every text as one string.
 *
 * @source nbformat 4.5, https://nbformat.readthedocs.io/en/latest/format_description.html
 */
export interface Notebook {
  /** From top to bottom. */
  readonly cells: readonly NotebookCell[];
  /** The kernel, the language and what front ends keep. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Version of the format. */
  readonly nbformat: 4;
  /** Minor version of the format. */
  readonly nbformat_minor: number;
}

/** The tags of a cell, in `metadata.tags`. */
export function cellTags(cell: NotebookCell): readonly string[] {
  const tags = cell.metadata.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

/**
 * Reads the text of an `.ipynb` file.
 *
 * @param text the file's text
 * @param name how errors call the file
 * @throws {Error} naming the file and the cell, when it is not a version 4 notebook
 *
 * @example
 * ```ts
 * import { parseNotebook } from "@potstill/cli/notebook/notebook.ts";
 * const cell = { cell_type: "code", metadata: {}, source: ["1 +\n", "1"], outputs: [] };
 * const text = JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
 * if (parseNotebook(text, "a.ipynb").cells[0].source !== "1 +\n1") throw new Error("wrong");
 * ```
 */
export function parseNotebook(text: string, name: string): Notebook {
  const fail = (why: string): never => {
    throw new Error(`Cannot read notebook ${name}: ${why}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail((error as Error).message);
  }
  if (!isRecord(value)) return fail("it is not a JSON object");
  if (value.nbformat !== 4) return fail(`nbformat is ${value.nbformat}, not 4`);
  if (!Array.isArray(value.cells)) return fail("it has no list of cells");
  const cells = value.cells.map((cell: unknown, index): NotebookCell => {
    const where = `cell ${index + 1}`;
    if (!isRecord(cell)) return fail(`${where} is not an object`);
    const type = cell.cell_type;
    if (type !== "code" && type !== "markdown" && type !== "raw") {
      return fail(`${where} has the cell_type ${JSON.stringify(type)}`);
    }
    if (!isText(cell.source)) return fail(`${where} has no source text`);
    const outputs = cell.outputs ?? [];
    if (!Array.isArray(outputs)) return fail(`the outputs of ${where} are not a list`);
    return {
      ...cell,
      cell_type: type,
      metadata: isRecord(cell.metadata) ? cell.metadata : {},
      source: joinText(cell.source),
      ...(type === "code"
        ? {
          execution_count: cell.execution_count as number | null ?? null,
          outputs: outputs.map((output) => joinOutput(output)),
        }
        : {}),
    };
  });
  return {
    ...value,
    cells,
    metadata: isRecord(value.metadata) ? value.metadata : {},
    nbformat: 4,
    nbformat_minor: typeof value.nbformat_minor === "number" ? value.nbformat_minor : 5,
  };
}

/** The text of an `.ipynb` file, indented and with texts as lines, as Jupyter writes it. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: splitLines(cell.source),
    ...(cell.outputs ? { outputs: cell.outputs.map(splitOutput) } : {}),
  }));
  return JSON.stringify(sortKeys({ ...notebook, cells }), null, 1) + "\n";
}

function joinOutput(output: unknown): CellOutput {
  if (!isRecord(output)) throw new Error("Cannot read notebook: an output is not an object");
  const joined: Record<string, unknown> = { ...output };
  if (isText(output.text)) joined.text = joinText(output.text);
  if (isRecord(output.data)) {
    joined.data = Object.fromEntries(
      Object.entries(output.data).map(([type, value]) => [
        type,
        isText(value) && !isJsonType(type) ? joinText(value) : value,
      ]),
    );
  }
  return joined as unknown as CellOutput;
}

function splitOutput(output: CellOutput): unknown {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([type, value]) => [
    type,
    typeof value === "string" && !isJsonType(type) ? splitText(type, value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

/** Base64 data stays one string; all else is stored as lines. */
function splitText(type: string, text: string): string | string[] {
  const isBinary = /^(image|audio|video)\//.test(type) && type !== "image/svg+xml" ||
    type === "application/pdf";
  return isBinary ? text : splitLines(text);
}

function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function joinText(text: string | readonly string[]): string {
  return typeof text === "string" ? text : text.join("");
}

function isJsonType(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

function isText(value: unknown): value is string | string[] {
  return typeof value === "string" ||
    (Array.isArray(value) && value.every((line) => typeof line === "string"));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sortKeys(value[key])]));
}
