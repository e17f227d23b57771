import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The version that the kit installs. */
const PACKAGE = "jupyterlab==4.6.6";

/** The virtual environment that the kit makes for JupyterLab. */
export const JUPYTER_FOLDER: string = fileURLToPath(
  new URL("../../data/cache/jupyter/", import.meta.url),
);

/** The program jupyter-lab: of the PATH, or that of the kit's own environment; null where there is none. */
export async function findJupyterLab(folder: string = JUPYTER_FOLDER): Promise<string | null> {
  const own = inEnvironment(folder, "jupyter-lab");
  for (const program of ["jupyter-lab", own]) {
    if (await answers(program, ["--version"])) return program;
  }
  return null;
}

/** A Python that can make virtual environments: POTSTILL_PYTHON, python3 or python; null without one. */
export async function findPython(): Promise<string | null> {
  for (const program of [process.env.POTSTILL_PYTHON, "python3", "python"]) {
    if (program && await answers(program, ["-c", "import venv, ensurepip"])) return program;
  }
  return null;
}

/**
 * Installs JupyterLab into a virtual environment of its own.
 *
 * @returns the program jupyter-lab
 * @throws {Error} with the end of what Python or pip said
 */
export async function installJupyterLab(
  python: string,
  folder: string = JUPYTER_FOLDER,
): Promise<string> {
  await run(python, ["-m", "venv", folder]);
  await run(inEnvironment(folder, "python"), ["-m", "pip", "install", "--quiet", PACKAGE]);
  return inEnvironment(folder, "jupyter-lab");
}

function inEnvironment(folder: string, program: string): string {
  return Deno.build.os === "windows"
    ? join(folder, "Scripts", `${program}.exe`)
    : join(folder, "bin", program);
}

async function answers(program: string, args: string[]): Promise<boolean> {
  if (/[\\/]/.test(program) && !existsSync(program)) return false;
  try {
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(program, { args, ...silent }).output()).success;
  } catch {
    return false;
  }
}

async function run(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join("\n");
  throw new Error(`Cannot install JupyterLab: ${[program, ...args].join(" ")} failed:\n${said}`);
}
