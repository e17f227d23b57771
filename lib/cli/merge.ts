import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "merge",
  summary: "Merge the shards of a generation run",
  positionals: [{ name: "FOLDER", description: "Holds the shards: the --out of their commands" }],
  options: {
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "the shards' folder",
      description: "Folder of the merged run",
    },
  },
  notes:
    `Every shard must be there, complete and of the same run. The result is the run that one process
would have made: same trajectories, same order.

Example:
  deno task potstill generate --benchmark hotpotqa.json ... --shard 1/4 --out runs/big
  (and the same with 2/4, 3/4 and 4/4)
  deno task potstill merge runs/big`,
});

/**
 * The command `deno task potstill merge`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runMerge } from "@potstill/cli/merge.ts";
 * if (await runMerge(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runMerge(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { mergeShards } = await import("../generation/merge_runs.ts");
    const { path, shards, trajectories, tally } = await mergeShards(positionals[0], values.out);
    console.log(
      `Merged ${shards} shards into ${path}: ${trajectories} trajectories, ` +
        `${tally.correct} correct, ${tally.kept} kept by the filter`,
    );
    return 0;
  });
}
