import { join } from "node:path";

/** Commands for pip, in the order in which they are tried. */
const PIPS: readonly (readonly string[])[] = [["python3", "-m", "pip"], ["pip3"], ["pip"]];

/**
 * A wheel of the Python Package Index as the machine's pip gives it, which knows the mirrors that are
 * set up there; null where there is no pip, or it cannot get the file.
 */
export async function pipDownload(
  name: string,
  version: string,
  file: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-pip-" });
  try {
    for (const [command, ...before] of PIPS) {
      const args = [...before, "download", "--quiet", "--no-deps", "--only-binary", ":all:"];
      const process = new Deno.Command(command, {
        args: [...args, "--dest", folder, `${name}==${version}`],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
      const success = await process.output().then((output) => output.success, () => false);
      if (success) return await Deno.readFile(join(folder, file)).catch(() => null);
    }
    return null;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
