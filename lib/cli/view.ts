import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "view",
  summary:
    "Write the trajectories of a run as one self-contained HTML page, or as a log of inspect_ai",
  positionals: [{ name: "RUN", description: "A run's folder, or a file of trajectories" }],
  options: {
    out: {
      type: "string",
      placeholder: "FILE",
      defaultNote: "PARADIGM.html, or inspect/TIME_PARADIGM.json, in the run's folder",
      description: "The page, or the log",
    },
    to: {
      type: "string",
      choices: ["html", "inspect"],
      default: "html",
      description: "A page, or a log of inspect_ai",
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

Examples:
  deno task potstill view data/runs/mine
  deno task potstill view data/runs/mine --to inspect && inspect view --log-dir data/runs/mine/inspect`,
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
    const { writeFileAtomic } = await import("../runs/atomic_write.ts");
    const [path] = positionals;
    const run = await openRunForViewing(path, values.paradigm);
    const { paradigm } = run.trajectories[0];
    const title = values.title ?? run.title;
    const isFolder = statSync(path).isDirectory();
    let out = values.out;
    if (values.to === "inspect") {
      const { inspectLogName, inspectLogOf } = await import("../report/viewer/inspect_log_of.ts");
      const created = new Date().toISOString();
      out ??= join(
        isFolder ? join(path, "inspect") : dirname(path),
        inspectLogName(paradigm, created),
      );
      const log = inspectLogOf(run.trajectories, { title: title ?? paradigm, created });
      await mkdir(dirname(out), { recursive: true });
      await writeFileAtomic(out, JSON.stringify(log, null, 1) + "\n");
    } else {
      const { viewerHtml } = await import("../report/viewer/viewer_html.ts");
      out ??= isFolder ? join(path, `${paradigm}.html`) : `${path}.html`;
      await writeFileAtomic(out, await viewerHtml(run.trajectories, { ...run, title }));
    }
    console.log(`Wrote ${out}: ${run.trajectories.length} trajectories`);
    return 0;
  });
}
