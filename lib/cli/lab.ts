import { findJupyterLab, findPython, installJupyterLab, JUPYTER_FOLDER } from "./jupyter_lab.ts";
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
    yes: {
      type: "boolean",
      short: "y",
      description: "Install JupyterLab, where it is missing, without asking.",
    },
  },
  notes:
    `Opens the folder notebooks/ unless an argument names another. Where there is no jupyter-lab on
the PATH, it offers to install JupyterLab into data/cache/jupyter/, which needs Python.`,
});

const EDITORS = "Editors that open notebooks, such as VS Code, work as well once " +
  '"deno task potstill lab --install-only" has installed the kernel.';

/**
 * The command `deno task potstill lab`: installs the kernel's specification for the present user and opens
 * JupyterLab.
 *
 * @returns the exit code: that of JupyterLab, or 1 when it is not there and is not installed
 *
 * @example
 * ```ts
 * import { runLab } from "@potstill/cli/lab.ts";
 * if (await runLab(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runLab(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const program = values.installOnly ? null : await openedProgram(values.yes);
    await installKernel();
    if (program === null) return 0;
    const target = positionals.length > 0 ? positionals : ["notebooks"];
    const lab = new Deno.Command(program, { args: [...target] }).spawn();
    // Ctrl-C is for JupyterLab, which asks whether to stop.
    const ignore = () => {};
    Deno.addSignalListener("SIGINT", ignore);
    const { code } = await lab.status;
    Deno.removeSignalListener("SIGINT", ignore);
    return code;
  });
}

/** JupyterLab's program, which is installed when the user agrees. */
async function openedProgram(isAgreed: boolean): Promise<string> {
  const found = await findJupyterLab();
  if (found !== null) return found;
  const python = await findPython();
  if (python === null) {
    throw new Error(
      "Cannot find JupyterLab, nor a Python to install it with: install Python 3.9 or later " +
        `(Debian: apt install python3-venv) and run this again. ${EDITORS}`,
    );
  }
  const offer = `JupyterLab is not installed. Install it into ${JUPYTER_FOLDER} (about 300 MB)?`;
  if (!isAgreed && !(Deno.stdin.isTerminal() && confirm(offer))) {
    throw new Error(
      `Cannot find JupyterLab: run this with --yes to install it into ${JUPYTER_FOLDER}, or ` +
        `install it with "pip install jupyterlab" so that jupyter-lab is on the PATH. ${EDITORS}`,
    );
  }
  console.log("Installing JupyterLab; it takes a few minutes");
  return await installJupyterLab(python);
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
