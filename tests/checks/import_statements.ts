import { dirname, normalize } from "node:path";

/** An import or re-export of a module. */
export interface ImportStatement {
  /** As written between the quotes. */
  readonly specifier: string;
  /** Names as the module exports them; empty for a whole module or a dynamic import. */
  readonly names: readonly string[];
  /** Line of the text on which it begins, from 1. */
  readonly line: number;
}

const STATEMENT = /^(?:import|export)\s+(?:type\s+)?([^"';]*?)\s*from\s+"([^"]+)"/gm;
const BARE = /^import\s+"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"/g;

/** The imports and re-exports of a module's text, in formatted code. */
export function importStatements(source: string): ImportStatement[] {
  const found = [...source.matchAll(STATEMENT)].map((match) => ({
    specifier: match[2],
    names: namesIn(match[1]),
    at: match.index,
  }));
  for (const pattern of [BARE, DYNAMIC]) {
    for (const match of source.matchAll(pattern)) {
      // A comment may show an import; it is no statement.
      const before = source.slice(source.lastIndexOf("\n", match.index) + 1, match.index);
      if (/^\s*(?:\*|\/\/)/.test(before)) continue;
      found.push({ specifier: match[1], names: [], at: match.index });
    }
  }
  found.sort((a, b) => a.at - b.at);
  return found.map(({ at, ...rest }) => ({
    ...rest,
    line: source.slice(0, at).split("\n").length,
  }));
}

function namesIn(clause: string): string[] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  return list.split(",")
    .map((one) => one.trim().replace(/^type\s+/, "").split(/\s+as\s+/)[0])
    .filter((name) => name !== "");
}

/**
 * The file below the project's folder that a specifier of a file names, or null when it names none of
 * the project's.
 *
 * @param aliases the import map's entries
 */
export function importedFile(
  specifier: string,
  file: string,
  aliases: Readonly<Record<string, string>>,
): string | null {
  if (specifier.startsWith(".")) return normalize(`${dirname(file)}/${specifier}`);
  const exact = aliases[specifier];
  if (exact !== undefined) return exact.startsWith("./") ? normalize(exact) : null;
  const prefix = Object.keys(aliases)
    .filter((key) => key.endsWith("/") && specifier.startsWith(key))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined || !aliases[prefix].startsWith("./")) return null;
  return normalize(aliases[prefix] + specifier.slice(prefix.length));
}
