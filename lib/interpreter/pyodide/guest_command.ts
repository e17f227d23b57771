import { fileURLToPath } from "node:url";

/** Deno's arguments: no permission but to read Pyodide's and the guest's own files. */
export async function guestCommand(): Promise<string[]> {
  const pyodide = await Deno.realPath(new URL(".", import.meta.resolve("pyodide")));
  const guest = fileURLToPath(new URL("./guest/", import.meta.url));
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-code-cache",
    "--v8-flags=--stack-size=60000",
    `--allow-read=${pyodide},${guest}`,
    guest + "supervisor.ts",
    new URL(`file://${pyodide}/`).href,
  ];
}
