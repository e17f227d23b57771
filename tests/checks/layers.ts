import { type Check, ROOT } from "./check.ts";
import { importedFile, importStatements } from "./import_statements.ts";
import { projectFiles } from "./project_files.ts";

const ARCHITECTURE = "docs/architecture.md";

/** Folders depend one way, in the order of the table in the architecture's document. */
export const layers: Check = {
  name: "layers",
  description: `Folders of lib/ depend one way, as ${ARCHITECTURE} orders them; no circle of files`,
  run: async () => {
    const order = folderOrder(await Deno.readTextFile(ROOT + ARCHITECTURE));
    const files = new Map<string, string>();
    for (const file of await projectFiles("lib", ".ts")) {
      files.set(file, await Deno.readTextFile(ROOT + file));
    }
    const wrong = [...orderFaults(order, files), ...circles(files)];
    return wrong.length > 0 ? wrong.join("\n") : null;
  },
};

/** The folders that a table names in its first column, as `` `records/` ``, in order. */
export function folderOrder(document: string): string[] {
  return [...document.matchAll(/^\|\s*`([a-z_]+)\/`\s*\|/gm)].map((match) => match[1]);
}

/** What is wrong with the folders of some files, one line each. */
export function orderFaults(
  order: readonly string[],
  files: ReadonlyMap<string, string>,
): string[] {
  const folders = new Set([...files.keys()].map(folderOf).filter((folder) => folder !== null));
  const wrong = [
    ...[...folders].filter((folder) => !order.includes(folder))
      .map((folder) => `lib/${folder}/ is not in the order of folders`),
    ...order.filter((folder) => !folders.has(folder))
      .map((folder) => `${folder}/ is in the order of folders, and not in lib/`),
    ...order.filter((folder, i) => order.indexOf(folder) < i)
      .map((folder) => `${folder}/ is in the order of folders twice`),
  ];
  for (const [file, source] of files) {
    const own = folderOf(file);
    for (const { specifier, line } of importStatements(source)) {
      if (specifier.startsWith("@potstill")) {
        wrong.push(`${file}:${line}: imports ${specifier}; within lib/ paths are relative`);
      }
      const imported = importedFile(specifier, file, {});
      if (imported === null || !imported.startsWith("lib/") || own === null) continue;
      if (imported.endsWith("/mod.ts")) {
        wrong.push(`${file}:${line}: imports the door ${imported}; within lib/ name the file`);
      }
      const other = folderOf(imported);
      if (other === own) continue;
      if (other === null || order.indexOf(other) > order.indexOf(own)) {
        wrong.push(
          `${file}:${line}: ${own}/ comes before ${other ?? "lib"}/ and may not import it`,
        );
      }
    }
  }
  return wrong;
}

/** Circles of files, one line for each group that is on circles together. */
export function circles(files: ReadonlyMap<string, string>): string[] {
  const targets = new Map([...files].map(([file, source]) => [
    file,
    importStatements(source).map(({ specifier }) => importedFile(specifier, file, {}))
      .filter((other) => other !== null && files.has(other)) as string[],
  ]));
  const reached = new Map([...files.keys()].map((file) => [file, reachableFrom(file, targets)]));
  const told = new Set<string>();
  const found: string[] = [];
  for (const [file, others] of reached) {
    if (!others.has(file) || told.has(file)) continue;
    const circle = [...others].filter((other) => reached.get(other)!.has(file)).sort();
    circle.forEach((one) => told.add(one));
    found.push(`a circle of files: ${circle.join(", ")}`);
  }
  return found;
}

/** The files that a file imports, directly or by way of others. */
function reachableFrom(file: string, targets: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const left = [...targets.get(file) ?? []];
  while (left.length > 0) {
    const next = left.pop()!;
    if (found.has(next)) continue;
    found.add(next);
    left.push(...targets.get(next) ?? []);
  }
  return found;
}

/** The folder of lib/ that a file is in; null for a file beside the folders. */
function folderOf(file: string): string | null {
  return /^lib\/([^/]+)\//.exec(file)?.[1] ?? null;
}
