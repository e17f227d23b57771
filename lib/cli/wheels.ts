import { fetchWheels } from "../interpreter/pyodide/fetch_wheels.ts";
import { defaultPackagesFolder } from "../interpreter/pyodide/load_guest_image.ts";
import { USUAL_PACKAGES } from "../interpreter/pyodide/python_packages.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "wheels",
  summary:
    "Fetch Python packages for the sandbox: wheels in fixed versions, checked by their sums.",
  positionals: [{
    name: "PACKAGE",
    description: "Packages; numpy, sympy and mpmath without any.",
    optional: true,
    rest: true,
  }],
  options: {
    folder: {
      type: "string",
      placeholder: "FOLDER",
      description:
        "Folder for them. Without it the folder in the user's cache in which the interpreter looks.",
    },
    from: {
      type: "string",
      placeholder: "URL",
      description: "A mirror of Pyodide's packages.",
    },
  },
  notes:
    `sympy, mpmath and math-verify (for --policy math-verify) with what it needs come from the Python
Package Index, others such as numpy from Pyodide's own packages. Files that are there with the right
SHA-256 are not fetched again.

Exit code: 0 when all are there, 1 when one could not be fetched, 2 for wrong arguments.`,
});

/**
 * The command `deno task potstill wheels`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runWheels } from "@potstill/cli/wheels.ts";
 * if (await runWheels(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runWheels(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const folder = values.folder ?? defaultPackagesFolder();
    if (folder === null) {
      throw new UsageError("Option --folder is needed: there is no cache folder");
    }
    const mirror = values.from?.replace(/\/?$/, "/");
    const packages = positionals.length === 0 ? USUAL_PACKAGES : positionals;
    for (const { file, wasThere } of await fetchWheels(packages, folder, mirror)) {
      console.log(`${wasThere ? "there  " : "fetched"}  ${file}`);
    }
    console.log(`in ${folder}`);
    return 0;
  });
}
