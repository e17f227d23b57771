import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "lab",
  summary: "Open JupyterLab with the Deno kernel installed.",
  positionals: [{
    name: "ARGUMENT",
    optional: true,
    rest: true,
    description: 'Passed on to "jupyter lab"; write options of it after "--".',
  }],
  options: {
    installOnly: { type: "boolean", description: "Install the kernel and open nothing." },
  },
  notes: "Opens the folder notebooks/ unless an argument names another.",
});

const NO_JUPYTER =
  'Cannot find JupyterLab: install it with "pip install jupyterlab" (or "uv tool install jupyterlab"), ' +
  "see that jupyter is on the PATH, and run this again. Editors that open notebooks, such as VS Code, " +
  'work as well once "deno task potstill lab --install-only" has installed the kernel.';

/**
 * The command `deno task potstill lab`: installs the kernel's specification for the present user and opens
 * JupyterLab.
 *
 * @returns the exit code: that of JupyterLab, or 1 when it is not installed
 *
 * @example
 * ```ts
 * import { runLab } from "@potstill/cli/lab.ts";
 * if (await runLab(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runLab(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    if (!values.installOnly && !await isInstalled("jupyter-lab")) throw new Error(NO_JUPYTER);
    await installKernel();
    if (values.installOnly) return 0;
    const target = positionals.length > 0 ? positionals : ["notebooks"];
    const lab = new Deno.Command("jupyter-lab", { args: [...target] }).spawn();
    // Ctrl-C is for JupyterLab, which asks whether to stop.
    const ignore = () => {};
    Deno.addSignalListener("SIGINT", ignore);
    const { code } = await lab.status;
    Deno.removeSignalListener("SIGINT", ignore);
    return code;
  });
}

async function isInstalled(program: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: ["--version"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

async function installKernel(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["jupyter", "--install", "--force"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`Cannot install the Deno kernel: ${new TextDecoder().decode(stderr).trim()}`);
  }
  console.log("The Deno kernel is installed.");
}
