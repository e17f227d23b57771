import { wordList } from "../../records/word_list.ts";

/**
 * Modules that code may import: `"standard"`, Python's standard library as far as it works in a
 * sandbox, and the packages that are loaded; `"smolagents"`, that tool's list; or names of
 * modules, which include their submodules, with `"*"` for all.
 */
export type ImportList = "standard" | "smolagents" | readonly string[];

/**
 * The modules that smolagents allows without being told.
 *
 * @source smolagents' BASE_BUILTIN_MODULES
 */
export const SMOLAGENTS_IMPORTS: readonly string[] = wordList(`
  collections datetime itertools math queue random re stat statistics time unicodedata
`);

/**
 * The modules of the paper's agents, and of the lab's.
 *
 * @source smolagents' BASE_BUILTIN_MODULES, and the additions of the paper's experiments
 */
export const PAPER_IMPORTS: readonly string[] = wordList(`
  collections datetime itertools math numpy numpy.linalg queue random re stat statistics sympy
  time unicodedata
`);

/** The names of a list, or null for the standard library. @throws RangeError for another word */
export function importNames(imports: ImportList): readonly string[] | null {
  if (imports === "standard") return null;
  if (imports === "smolagents") return SMOLAGENTS_IMPORTS;
  if (Array.isArray(imports) && imports.every((name) => typeof name === "string")) return imports;
  throw new RangeError(
    `Cannot allow imports: ${
      JSON.stringify(imports)
    } is not "standard", "smolagents" or a list of names`,
  );
}

/**
 * Importable modules, as listed in a system prompt.
 *
 * @param packages packages that are loaded beside the standard library
 *
 * @example
 * ```ts
 * import { describeImports } from "@potstill/interpreter/pyodide/import_list.ts";
 * const words = describeImports("standard", ["sympy"]).join(", ");
 * if (words !== "Python's standard library, sympy") throw new Error(words);
 * ```
 */
export function describeImports(
  imports: ImportList,
  packages: readonly string[],
): readonly string[] {
  const names = importNames(imports);
  if (names === null) return ["Python's standard library", ...packages];
  return names.includes("*") ? ["all that is installed"] : names;
}

/** The list that a command's argument names: a word of {@link ImportList}, or names with commas. */
export function readImportList(text: string): ImportList {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length !== 1) return names;
  return names[0] === "standard" || names[0] === "smolagents" ? names[0] : names;
}
