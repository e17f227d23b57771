import assert from "node:assert/strict";
import { join } from "node:path";
import { peerTest } from "./ask_peer.ts";
import { peersFolder } from "./environments.ts";
import {
  copyNotebook,
  jupyterEnv,
  labCommand,
  notebookFolder,
  writeNotebook,
} from "./notebook_copies.ts";

interface Output {
  readonly output_type: string;
  readonly text?: string | readonly string[];
}

const PRINTS = `for (let i = 0; i < 20; i++) console.log("line " + i);`;
const root = new URL("../../", import.meta.url).pathname;
const NOTEBOOK = "10_writing_up.ipynb";
const RUNNERS: Readonly<Record<string, (from: string, to: string) => string[]>> = {
  nbclient: (from, to) => [
    ...["-m", "jupyter", "execute", "--kernel_name=deno", from, `--output=${to}`],
  ],
  papermill: (from, to) => ["-m", "papermill", "--kernel", "deno", from, to],
};

for (const [name, args] of Object.entries(RUNNERS)) {
  peerTest(`${name} runs notebooks in the Deno kernel`, ["lab"], async () => {
    const folder = await notebookFolder();
    const home = await Deno.makeTempDir();
    try {
      assert.ok((await labCommand(home, ["--install-only"]).output()).success);
      await writeNotebook(join(folder, "prints.ipynb"), [PRINTS, PRINTS, PRINTS, "1 + 1"]);
      const out = JSON.stringify(join(folder, "out")).replaceAll('"', '\\"');
      await copyNotebook(NOTEBOOK, folder, { '\\"../data/runs/writing-up\\"': out });
      const stored = await outputsOf(join(root, "notebooks", NOTEBOOK));
      const run = async (file: string) => {
        const to = join(folder, `done-${file}`);
        const python = join(peersFolder(), "lab", "bin", "python");
        const { success, stderr } = await new Deno.Command(python, {
          ...{ args: args(join(folder, file), to), cwd: folder, env: jupyterEnv(home) },
        }).output();
        assert.ok(success, new TextDecoder().decode(stderr).slice(-2000));
        return await outputsOf(to);
      };
      const whole = await run(NOTEBOOK);
      assert.ok(whole.flat().every(({ output_type }) => output_type !== "error"));
      await Deno.stat(join(folder, "out", "findings.csv"));
      const prints = await run("prints.ipynb");
      // Outputs may come after the kernel's word that it is idle; what is lost is said, not asserted.
      const kept = prints.slice(0, 3).flat().map(({ text = "" }) => [text].flat().join("")).join(
        "",
      );
      assert.ok(values(whole) > 0);
      const all = values(stored) + 1;
      console.log(
        `${name} kept ${kept.match(/line /g)?.length ?? 0} of 60 printed lines, ` +
          `${values(whole) + values(prints)} of ${all} values`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(home, { recursive: true });
    }
  });
}

/** Outputs of each cell of code. */
async function outputsOf(notebook: string): Promise<Output[][]> {
  const { cells } = JSON.parse(await Deno.readTextFile(notebook));
  return cells.filter((cell: { cell_type: string }) => cell.cell_type === "code")
    .map(({ outputs }: { outputs: Output[] }) => outputs);
}

/** Number of cells' values. */
function values(cells: readonly Output[][]): number {
  return cells.flat().filter(({ output_type }) => output_type === "execute_result").length;
}
