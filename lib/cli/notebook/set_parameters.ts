import type { JsonValue } from "../../records/json.ts";
import { cellTags, type Notebook, type NotebookCell } from "./notebook.ts";

/** Tag of the cell whose declarations can be set from outside. */
const PARAMETERS_TAG = "parameters";

/**
 * A notebook with other values in its cell tagged `parameters`: `const steps = 100;` becomes
 * `const steps = 5;`. A name that the cell declares in another way, such as in a pattern, is
 * declared anew in a cell put after it, tagged `injected-parameters`.
 *
 * @param notebook is not changed
 * @param parameters texts as typed by a user (`"5"`): read as JSON, except where the present value is
 * a string; a number, boolean or string literal is only replaced by one of the same type
 * @param name how errors call the notebook
 * @throws {Error} naming the parameter, when the notebook has no such cell, the cell does not mention
 * the name, or the value is of another type
 *
 * @example
 * ```ts
 * import { setParameters } from "@potstill/cli/notebook/set_parameters.ts";
 * const cell = {
 *   cell_type: "code" as const,
 *   metadata: { tags: ["parameters"] },
 *   source: "const steps = 100; // of training",
 * };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 };
 * const { source } = setParameters(notebook, { steps: "5" }, "a.ipynb").cells[0];
 * if (source !== "const steps = 5; // of training") throw new Error(source);
 * ```
 */
export function setParameters(
  notebook: Notebook,
  parameters: Readonly<Record<string, string>>,
  name: string,
): Notebook {
  if (Object.keys(parameters).length === 0) return notebook;
  const index = notebook.cells.findIndex((cell) =>
    cell.cell_type === "code" && cellTags(cell).includes(PARAMETERS_TAG)
  );
  if (index < 0) {
    const first = Object.keys(parameters)[0];
    throw new Error(`Cannot set ${first}: no cell of ${name} is tagged "${PARAMETERS_TAG}"`);
  }
  const cell = notebook.cells[index];
  let source = cell.source;
  const injected: string[] = [];
  for (const [key, text] of Object.entries(parameters)) {
    const found = findInitializer(source, key);
    if (found) {
      const value = literal(key, text, source.slice(found.start, found.end));
      source = source.slice(0, found.start) + value + source.slice(found.end);
    } else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) && mentions(cell.source, key)) {
      injected.push(`const ${key} = ${literal(key, text, "")};`);
    } else {
      const known = declaredNames(cell.source);
      throw new Error(
        `Cannot set ${key}: the parameters of ${name} are ${known.join(", ") || "none"}`,
      );
    }
  }
  const cells: NotebookCell[] = [...notebook.cells];
  cells[index] = { ...cell, source };
  if (injected.length > 0) {
    cells.splice(index + 1, 0, {
      cell_type: "code",
      ...(cell.id ? { id: `${cell.id}-injected`.slice(-64) } : {}),
      metadata: { tags: ["injected-parameters"] },
      source: injected.join("\n"),
      outputs: [],
      execution_count: null,
    });
  }
  return { ...notebook, cells };
}

/** The names that simple declarations at the start of a line give a value. */
function declaredNames(source: string): string[] {
  return [...source.matchAll(/^(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)/gmu)].map((m) =>
    m[1]
  );
}

function mentions(source: string, name: string): boolean {
  const escaped = name.replaceAll("$", "\\$");
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${escaped}(?![\\p{L}\\p{N}_$])`, "u").test(source);
}

/** Range of the value in `const name = value;`, without blanks around it. */
function findInitializer(source: string, name: string): { start: number; end: number } | null {
  if (!declaredNames(source).includes(name)) return null;
  const head = new RegExp(
    `^(?:const|let|var)\\s+${name.replaceAll("$", "\\$")}\\s*(?::[^=;]*)?=(?!=)[ \\t]*`,
    "mu",
  ).exec(source);
  if (!head) return null;
  const start = head.index + head[0].length;
  let depth = 0;
  for (let i = start; i <= source.length; i++) {
    const char = source[i];
    const isLineEnd = char === undefined || char === "\n" || source.startsWith("//", i);
    if (char === '"' || char === "'" || char === "`") i = stringEnd(source, i);
    else if (source.startsWith("//", i) && depth > 0) i = source.indexOf("\n", i);
    else if (source.startsWith("/*", i)) i = source.indexOf("*/", i) + 1;
    else if ("([{".includes(char ?? " ")) depth++;
    else if (")]}".includes(char ?? " ")) depth--;
    else if (depth === 0 && char === ",") return null;
    else if (depth === 0 && (char === ";" || isLineEnd)) {
      return { start, end: start + source.slice(start, i).trimEnd().length };
    }
    if (i < start) return null;
  }
  return null;
}

function stringEnd(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === source[start]) return i;
  }
  return source.length;
}

/** The TypeScript literal for a text typed by a user, of the type of the value that it replaces. */
function literal(name: string, text: string, present: string): string {
  if (/^(["'`])[^]*\1$/.test(present)) return JSON.stringify(text);
  let value: JsonValue = text;
  try {
    value = JSON.parse(text);
  } catch { /* a plain text */ }
  const type = /^-?[\d.][\d_.eE+-]*$/.test(present)
    ? "number"
    : /^(true|false)$/.test(present)
    ? "boolean"
    : null;
  if (type !== null && typeof value !== type) {
    throw new Error(
      `Cannot set ${name}: it is a ${type} (${present}), not ${JSON.stringify(value)}`,
    );
  }
  return JSON.stringify(value);
}
