import { join } from "node:path";
import { statSync } from "node:fs";
import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "view",
  summary: "Write the trajectories of a run as one self-contained HTML page",
  positionals: [{ name: "RUN", description: "A run's folder, or a file of trajectories" }],
  options: {
    out: {
      type: "string",
      placeholder: "FILE",
      defaultNote: "PARADIGM.html in the run's folder",
      description: "The page",
    },
    paradigm: {
      type: "string",
      choices: ["agent", "cot", "cot-rag"],
      defaultNote: "the agent's",
      description: "Trajectories of the run to use, by paradigm",
    },
    title: { type: "string", defaultNote: "the run's name", description: "The page's heading" },
  },
  notes:
    `The page needs no network. Its address keeps the filters: VIEW.html#verdict=wrong&error=parse

Example:
  deno task potstill view data/runs/mine`,
});

/**
 * The command `deno task potstill view`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runView } from "@potstill/cli/view.ts";
 * if (await runView(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runView(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { openRunForViewing } = await import("../report/viewer/view_run.ts");
    const { viewerHtml } = await import("../report/viewer/viewer_html.ts");
    const { writeFileAtomic } = await import("../runs/atomic_write.ts");
    const [path] = positionals;
    const run = await openRunForViewing(path, values.paradigm);
    const { paradigm } = run.trajectories[0];
    const out = values.out ??
      (statSync(path).isDirectory() ? join(path, `${paradigm}.html`) : `${path}.html`);
    await writeFileAtomic(
      out,
      await viewerHtml(run.trajectories, { ...run, title: values.title ?? run.title }),
    );
    console.log(`Wrote ${out}: ${run.trajectories.length} trajectories`);
    return 0;
  });
}
