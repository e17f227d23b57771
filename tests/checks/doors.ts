import { dirname } from "node:path";
import { extractCells } from "@potstill/cli/notebook/extract_cells.ts";
import { parseNotebook } from "@potstill/cli/notebook/notebook.ts";
import { type Check, ROOT } from "./check.ts";
import { importedFile, type ImportStatement, importStatements } from "./import_statements.ts";
import { projectFiles } from "./project_files.ts";

/** The front door, then the others. */
export const DOORS: readonly string[] = [
  "@potstill",
  "@potstill/agent",
  "@potstill/retrieval",
  "@potstill/student",
  "@potstill/evaluation",
  "@potstill/experiments",
];

const FRONT_NAMES = { least: 30, most: 60 };
const MOST_NOTEBOOK_IMPORTS = 40;

/** Code for readers imports Potstill from its doors. */
export const doors: Check = {
  name: "doors",
  description: "Notebooks, README, docs, examples and bench import from Potstill's doors only",
  run: async () => {
    const aliases = await readAliases();
    const behind = await namesBehindDoors(aliases);
    const wrong: string[] = [];
    let inNotebooks = 0;
    for (const file of await projectFiles("notebooks", ".ipynb")) {
      const notebook = parseNotebook(await Deno.readTextFile(ROOT + file), file);
      const statements = importStatements(extractCells(notebook).source);
      inNotebooks += statements.filter(({ specifier }) => isPotstill(specifier)).length;
      // Cells are joined, so a line of the whole tells nothing.
      wrong.push(...doorFaults(statements, file, aliases).map((text) => `${file}: ${text}`));
    }
    if (inNotebooks > MOST_NOTEBOOK_IMPORTS) {
      wrong.push(`notebooks: ${inNotebooks} imports of Potstill, at most ${MOST_NOTEBOOK_IMPORTS}`);
    }
    for (const file of ["README.md", ...await projectFiles("docs", ".md")]) {
      for (const { source, line } of markdownCode(await Deno.readTextFile(ROOT + file))) {
        wrong.push(...located(file, line, importStatements(source), aliases));
      }
    }
    for (const file of await projectFiles("bench", ".ts")) {
      const source = await Deno.readTextFile(ROOT + file);
      wrong.push(...located(file, 0, importStatements(source), aliases));
    }
    for (const file of await projectFiles("lib", ".ts")) {
      for (const { source, line } of exampleCode(await Deno.readTextFile(ROOT + file))) {
        wrong.push(...exampleFaults(file, line, importStatements(source), aliases, behind));
      }
    }
    const front = [...behind].filter(([, { door, isType }]) => door === "@potstill" && !isType);
    if (front.length < FRONT_NAMES.least || front.length > FRONT_NAMES.most) {
      wrong.push(
        `lib/mod.ts exports ${front.length} values, not ${FRONT_NAMES.least} to ${FRONT_NAMES.most}`,
      );
    }
    return wrong.length > 0 ? wrong.join("\n") : null;
  },
};

/** What a door exports under a name that a file declares. */
export interface Exported {
  /** The door's specifier. */
  readonly door: string;
  /** Whether it is exported as a type alone. */
  readonly isType: boolean;
}

/** Imports of Potstill that do not go through a door, as sentences. */
export function doorFaults(
  statements: readonly ImportStatement[],
  file: string,
  aliases: Readonly<Record<string, string>>,
): string[] {
  return statements.filter(({ specifier }) =>
    !DOORS.includes(specifier) &&
    (isPotstill(specifier) || importedFile(specifier, file, aliases)?.startsWith("lib/"))
  ).map(({ specifier }) => `${specifier} is not a door; there are ${DOORS.join(", ")}`);
}

/**
 * Imports of an example that neither go through a door nor name what no door has from the documented
 * file or one beside it.
 *
 * @param line the line before the example
 * @param behind what is behind a door, by `FILE NAME`
 */
export function exampleFaults(
  file: string,
  line: number,
  statements: readonly ImportStatement[],
  aliases: Readonly<Record<string, string>>,
  behind: ReadonlyMap<string, Exported>,
): string[] {
  return statements.flatMap(({ specifier, names, line: at }) => {
    const imported = importedFile(specifier, file, aliases);
    if (DOORS.includes(specifier) || !imported?.startsWith("lib/")) return [];
    const where = `${file}:${line + at}`;
    const known = names.map((name) => [name, behind.get(`${imported} ${name}`)] as const)
      .find(([, exported]) => exported !== undefined && !exported.isType);
    if (known !== undefined) return [`${where}: ${known[0]} is behind ${known[1]!.door}`];
    return dirname(imported) === dirname(file)
      ? []
      : [`${where}: an example imports ${specifier}, which is neither a door nor beside the file`];
  });
}

/** The TypeScript of a Markdown file. */
export function markdownCode(text: string): { readonly source: string; readonly line: number }[] {
  return [...text.matchAll(/^```(?:ts|typescript)[^\n]*\n([\s\S]*?)^```/gm)]
    .map((match) => ({ source: match[1], line: text.slice(0, match.index).split("\n").length }));
}

/** The examples in a module's documentation comments. */
export function exampleCode(text: string): { readonly source: string; readonly line: number }[] {
  return [...text.matchAll(/^ *\* ```ts[^\n]*\n([\s\S]*?)^ *\* ```/gm)].map((match) => ({
    source: match[1].split("\n").map((one) => one.replace(/^ *\* ?/, "")).join("\n"),
    line: text.slice(0, match.index).split("\n").length,
  }));
}

function located(
  file: string,
  line: number,
  statements: readonly ImportStatement[],
  aliases: Readonly<Record<string, string>>,
): string[] {
  return statements.flatMap((statement) =>
    doorFaults([statement], file, aliases).map((text) =>
      `${file}:${line + statement.line}: ${text}`
    )
  );
}

function isPotstill(specifier: string): boolean {
  return specifier === "@potstill" || specifier.startsWith("@potstill/");
}

async function readAliases(): Promise<Record<string, string>> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)).imports;
}

/** What each door exports, by the file and the name that it re-exports. */
async function namesBehindDoors(
  aliases: Readonly<Record<string, string>>,
): Promise<Map<string, Exported>> {
  const behind = new Map<string, Exported>();
  for (const door of DOORS) {
    const file = importedFile(door, "", aliases)!;
    const source = await Deno.readTextFile(ROOT + file);
    for (const match of source.matchAll(/^export (type )?\{([^}]*)\} from "([^"]+)"/gm)) {
      const origin = importedFile(match[3], file, aliases);
      for (const one of match[2].split(",").map((name) => name.trim()).filter(Boolean)) {
        const name = one.replace(/^type\s+/, "").split(/\s+as\s+/)[0];
        const isType = match[1] !== undefined || one.startsWith("type ");
        const key = `${origin} ${name}`;
        if (!behind.has(key) || behind.get(key)!.isType) behind.set(key, { door, isType });
      }
    }
  }
  return behind;
}
