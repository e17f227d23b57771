import { basename, dirname, join } from "node:path";
import { extractCells, mapPositions } from "@potstill/cli/notebook/extract_cells.ts";
import { cleanNotebook } from "@potstill/cli/notebook/clean_notebook.ts";
import { type Notebook, parseNotebook } from "@potstill/cli/notebook/notebook.ts";
import { runNotebook } from "@potstill/cli/notebook/run_notebook.ts";
import { type Check, deno, ROOT } from "./check.ts";
import { projectFiles } from "./project_files.ts";

const CELL_TIMEOUT_MS = 15 * 60_000;

/** The cells of every notebook are type-checked and linted, which Deno does not do by itself. */
export const notebookCode: Check = {
  name: "cells",
  description: "The code of every notebook type-checks and lints",
  run: async () => {
    const notebooks = [
      ...await projectFiles("notebooks", ".ipynb"),
      ...await projectFiles("tests", ".ipynb"),
    ];
    if (notebooks.length === 0) return null;
    const folder = await Deno.makeTempDir({ prefix: "potstill-cells-" });
    try {
      const modules = await Promise.all(notebooks.map(async (file) => {
        const extracted = extractCells(await readNotebook(file));
        const path = join(folder, file.replaceAll("/", "_").replace(/\.ipynb$/, ".ts"));
        await Deno.writeTextFile(path, extracted.source);
        return { file, path, origins: extracted.origins };
      }));
      const paths = modules.map(({ path }) => path);
      const config = ["--config", `${ROOT}deno.json`];
      const results = [
        await deno(["check", "-q", ...config, ...paths]),
        await deno(["lint", ...config, "--rules-exclude=no-import-prefix", ...paths]),
      ];
      const wrong = results.filter(({ success }) => !success).map(({ output }) =>
        modules.reduce(
          (report, { path, file, origins }) => mapPositions(report, path, file, origins),
          output,
        )
      );
      return wrong.length > 0 ? wrong.join("\n") : null;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

/** One check for every notebook in `notebooks/`: it runs from top to bottom in the real kernel. */
export async function notebookRuns(): Promise<Check[]> {
  return (await projectFiles("notebooks", ".ipynb")).map((file): Check => ({
    name: basename(file, ".ipynb"),
    description: `${file} runs in the Deno kernel`,
    run: async () => {
      const cwd = dirname(ROOT + file);
      const { status, notebook, failure } = await runNotebook(await readNotebook(file), {
        cwd,
        timeoutMs: CELL_TIMEOUT_MS,
      });
      if (status === "ok" && failure === null) return null;
      const cell = cleanNotebook(notebook, { folders: {} }).cells[failure!.index];
      const { traceback, ename, evalue } = failure!.error;
      const text = traceback.length > 0 ? traceback.join("\n") : `${ename}: ${evalue}`;
      return `cell ${failure!.index + 1}: ${status}\n\n${cell.source}\n\n${text}`;
    },
  }));
}

async function readNotebook(file: string): Promise<Notebook> {
  return parseNotebook(await Deno.readTextFile(ROOT + file), file);
}
