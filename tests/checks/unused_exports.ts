import { extractCells } from "@potstill/cli/notebook/extract_cells.ts";
import { parseNotebook } from "@potstill/cli/notebook/notebook.ts";
import { type Check, ROOT } from "./check.ts";
import { markdownCode } from "./doors.ts";
import { importedFile, importStatements } from "./import_statements.ts";
import { projectFiles } from "./project_files.ts";

/** What nothing outside a file uses is not exported from it. */
export const unusedExports: Check = {
  name: "exports",
  description: "Every value that a file of lib/ exports is used by another file",
  run: async () => {
    const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    const files = new Map<string, string>();
    for (const folder of ["lib", "tests", "bench"]) {
      for (const file of await projectFiles(folder, ".ts")) {
        files.set(file, await Deno.readTextFile(ROOT + file));
      }
    }
    for (const file of await projectFiles("", ".ipynb")) {
      const notebook = parseNotebook(await Deno.readTextFile(ROOT + file), file);
      files.set(file, extractCells(notebook).source);
    }
    for (const file of ["README.md", ...await projectFiles("docs", ".md")]) {
      const code = markdownCode(await Deno.readTextFile(ROOT + file));
      files.set(file, code.map(({ source }) => source).join("\n"));
    }
    const wrong = unused(files, imports);
    return wrong.length > 0 ? wrong.join("\n") : null;
  },
};

const VALUE = /^export (?:abstract |async )*(?:function\*?|const|let|class|enum) (\w+)/gm;

/** Values that a file of lib/ exports and no other file imports, one line each. */
export function unused(
  files: ReadonlyMap<string, string>,
  aliases: Readonly<Record<string, string>>,
): string[] {
  const whole = new Set<string>();
  const used = new Set<string>();
  for (const [file, source] of files) {
    for (const { specifier, names } of importStatements(source)) {
      const imported = importedFile(specifier, file, aliases);
      if (imported === null || imported === file) continue;
      if (names.length === 0) whole.add(imported);
      for (const name of names) used.add(`${imported} ${name}`);
    }
    // A table of files that are loaded when they are needed, as the command line has.
    for (const [, path] of source.matchAll(/(?<!from )"([\w./-]+\.ts)"/g)) {
      whole.add(importedFile(`./${path}`, file, aliases)!);
    }
  }
  return [...files].filter(([file]) => file.startsWith("lib/") && !whole.has(file))
    .flatMap(([file, source]) =>
      [...source.matchAll(VALUE)].map((match) => match[1])
        .filter((name) => !used.has(`${file} ${name}`))
        // An exported type that is derived from a value needs the value.
        .filter((name) => !new RegExp(`^export type .*\\btypeof ${name}\\b`, "m").test(source))
        .map((name) => `${file}: ${name} is exported, and no other file uses it`)
    );
}
