import type { CasesAnswer, MathAnswer, MatrixAnswer } from "./math_answer.ts";
import type { PartParser } from "./part_parser.ts";
import { parseExpression } from "./parse_expression.ts";
import { sideBySide } from "./named_values.ts";
import { groupEnd, splitOutside } from "./scan_groups.ts";

const BEGIN = "\\begin{pmatrix}";
const END = "\\end{pmatrix}";

/**
 * Reads a matrix or column vector in LaTeX's or Python's spelling, also times a number, transposed,
 * or a sum of such; and a case distinction or system of equations. Null for anything else.
 */
export function parseMatrix(text: string, part: PartParser): MathAnswer | null {
  const cases = /^\\begin\{cases\}(.*)\\end\{cases\}$/.exec(text);
  if (cases !== null && !cases[1].includes("\\begin")) return parseCases(cases[1], part);
  const python = pythonRows(text);
  if (python !== null) return { type: "matrix", rows: python.map((row) => row.map(part)) };
  if (!text.includes(BEGIN)) return null;
  const rows = matrixSum(text);
  return rows === null ? null : { type: "matrix", rows: rows.map((row) => row.map(part)) };
}

type Rows = readonly (readonly string[])[];

/** `[[1, 2], [3, 4]]`, with or without `Matrix(...)` or `array(...)`, and `Matrix([1, 2])`. */
function pythonRows(text: string): Rows | null {
  const called = /^(?:(?:Immutable|Mutable)?(?:Dense)?Matrix|(?:np\.)?array)\s*\((.*)\)$/.exec(
    text,
  );
  const shaped = /^\s*(\d+)\s*,\s*(\d+)\s*,\s*\[(.*)\]\s*$/.exec(called?.[1] ?? "");
  if (shaped !== null) {
    const [cells, width] = [splitOutside(shaped[3], /,/), Number(shaped[2])];
    if (cells.length !== width * Number(shaped[1]) || width === 0) return null;
    return Array.from(
      { length: Number(shaped[1]) },
      (_, i) => cells.slice(i * width, (i + 1) * width),
    );
  }
  const inner = called?.[1].replace(/,\s*dtype=\w+$/, "").trim() ?? text;
  if (!/^\[.*\]$/.test(inner) || groupEnd(inner, 0) !== inner.length) return null;
  const rows = splitOutside(inner.slice(1, -1), /,/);
  const isRow = (row: string) => /^\[.*\]$/.test(row) && groupEnd(row, 0) === row.length;
  if (rows.every(isRow)) return rows.map((row) => splitOutside(row.slice(1, -1), /,/));
  return called === null ? null : rows.map((row) => [row]);
}

/** Entries of a sum of matrices, each perhaps times a number. */
function matrixSum(text: string): Rows | null {
  const terms = text.split(/(?<=\\end\{pmatrix\}\s*)(?=[+-])/);
  const matrices = terms.map((term) => matrixProduct(term.trim()));
  let sum = matrices[0];
  for (const rows of matrices.slice(1)) {
    const isSameShape = sum !== null && rows !== null && sum.length === rows.length &&
      sum.every((row, i) => row.length === rows[i].length);
    if (!isSameShape) return null;
    sum = sum!.map((row, i) => row.map((cell, j) => `(${cell})+(${rows![i][j]})`));
  }
  return sum;
}

/** `\frac12 M`, `-M`, `M^T`, `M \cdot 3`, `\frac{M}{7}` */
function matrixProduct(text: string): Rows | null {
  const quotient = /^\\frac\s*\{(.*)\}\s*\{([^{}]*)\}$/.exec(text);
  if (
    quotient !== null && quotient[1].includes(BEGIN) &&
    groupEnd(text, 5) === text.length - quotient[2].length - 2
  ) {
    const rows = matrixProduct(quotient[1].trim());
    return rows?.map((row) => row.map((cell) => `\\frac{${cell}}{${quotient[2]}}`)) ?? null;
  }
  const [from, to] = [text.indexOf(BEGIN), text.lastIndexOf(END)];
  if (from === -1 || to < from || text.indexOf(BEGIN, from + 1) !== -1) return null;
  let rows: Rows = text.slice(from + BEGIN.length, to).split(/\\\\(?:\[[^\]]*\])?/)
    .map((row) => row.trim()).filter((row) => row !== "").map((row) => splitOutside(row, /&/));
  let [before, after] = [text.slice(0, from).trim(), text.slice(to + END.length).trim()];
  const transposed = /^\^\s*(?:\{?(?:T|\\top|\\text\s*\{T\})\}?|\{t\})/.exec(after);
  if (transposed !== null) {
    rows = rows[0].map((_, c) => rows.map((row) => row[c] ?? ""));
    after = after.slice(transposed[0].length).trim();
  }
  before = before.replace(/^\+/, "").replace(/\\(?:cdot|times)$/, "").trim();
  const factors = [before === "-" ? "-1" : before];
  if (after.startsWith("/")) factors.push(`\\frac{1}{${after.slice(1)}}`);
  else factors.push(after.replace(/^\\(?:cdot|times)(?![a-zA-Z])/, ""));
  // A bracket that is not closed, or a power of the matrix: no product with a number.
  if (factors.some((f) => /^\^|,/.test(f) || !isBalanced(f))) return null;
  const written = factors.filter((f) => f !== "");
  if (written.length === 0) return rows;
  return rows.map((row) =>
    row.map((cell) => written.map((f) => `(${f})`).join("") + `\\cdot(${cell})`)
  );
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const c of text.replace(/\\[{}]/g, "")) {
    if ("([{".includes(c)) depth++;
    else if (")]}".includes(c) && --depth < 0) return false;
  }
  return depth === 0;
}

/** Rows of one cell are a system of equations, rows of two a case distinction. */
function parseCases(text: string, part: PartParser): MathAnswer | null {
  const rows = text.split(/\\\\(?:\[[^\]]*\])?/).map((row) => row.trim()).filter((row) =>
    row !== ""
  )
    .map((row) => splitOutside(row, /&/).filter((cell) => cell !== ""));
  if (rows.length === 0) return null;
  if (rows.every((row) => row.length === 1 || /^(?:=|<|>|\\leq|\\geq)/.test(row[1] ?? ""))) {
    return sideBySide(rows.map((row) => part(row.join(" ").replace(/,$/, ""))));
  }
  if (rows.some((row) => row.length > 2)) return null;
  return {
    type: "cases",
    rows: rows.map(([value, condition = ""]): CasesAnswer["rows"][number] => {
      const said = condition.replace(/\\text\s*\{\s*(?:if|for|when|where)?\s*([^{}]*)\}/g, "$1")
        .replace(/^(?:if|for|when|where)(?![a-z])/, "").trim();
      const isRest = said === "" || /^(?:otherwise|else)\.?$/i.test(said);
      return [parseExpression(value.replace(/,\s*$/, "")), isRest ? null : part(said)];
    }),
  };
}

/** The components of a column or row vector; none for a real matrix. */
export function vectorOf(matrix: MatrixAnswer): readonly MathAnswer[] {
  if (matrix.rows.every((row) => row.length === 1)) return matrix.rows.map((row) => row[0]);
  return matrix.rows.length === 1 ? matrix.rows[0] : [];
}
