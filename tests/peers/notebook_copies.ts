import { join } from "node:path";
import { peersFolder, pythonOf } from "./environments.ts";

const root = new URL("../../", import.meta.url).pathname;

/** A folder in the checkout, whose configuration its notebooks take; removed by the caller. */
export async function notebookFolder(): Promise<string> {
  const cache = join(root, "data", "cache");
  await Deno.mkdir(cache, { recursive: true });
  return await Deno.makeTempDir({ dir: cache, prefix: "peers-notebooks-" });
}

/** Copies one of the project's notebooks, with other values of constants in its cells. */
export async function copyNotebook(
  name: string,
  folder: string,
  changes: Readonly<Record<string, string>>,
): Promise<string> {
  let text = await Deno.readTextFile(join(root, "notebooks", name));
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
    text = text.replaceAll(from, to);
  }
  const path = join(folder, name);
  await Deno.writeTextFile(path, text);
  return path;
}

/** Writes a notebook of cells of code. */
export async function writeNotebook(path: string, cells: readonly string[]): Promise<void> {
  const notebook = {
    cells: cells.map((source, i) => ({
      ...{ cell_type: "code", id: `c${i}`, metadata: {}, source, outputs: [] },
      execution_count: null,
    })),
    metadata: { kernelspec: { display_name: "Deno", language: "typescript", name: "deno" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  await Deno.writeTextFile(path, JSON.stringify(notebook));
}

/** Environment of Jupyter's programs: the environment `lab` on the path, a home of its own. */
export function jupyterEnv(home: string): Record<string, string> {
  const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno");
  return {
    PATH: `${join(peersFolder(), "lab", "bin")}:${join(Deno.execPath(), "..")}:${
      Deno.env.get("PATH")
    }`,
    HOME: home,
    DENO_DIR: cache,
    JUPYTER_PLATFORM_DIRS: "1",
  };
}

/** Runs the kit's command `lab`, which installs the kernel. */
export function labCommand(home: string, args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(root, "lib/cli/main.ts"), "lab", ...args],
    env: jupyterEnv(home),
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** True if the environment with JupyterLab is there. */
export const hasLab = (): boolean => pythonOf("lab") !== null;
