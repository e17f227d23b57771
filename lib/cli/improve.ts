import { IMPROVE_OPTIONS, type ImproveOptions } from "../experiments/improve/improve_options.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { withResumableStop } from "./with_soft_stop.ts";

const command = defineCommand({
  name: "improve",
  summary: "Let a student learn from its own attempts: rejection sampling, GRPO, distillation",
  options: {
    ...IMPROVE_OPTIONS,
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "a new one in data/runs/",
      description: "Folder of the run; the student is in its folder student",
    },
    resume: {
      type: "boolean",
      description: "Continue the run in --out, or the latest one with the same options",
    },
    json: { type: "boolean", description: "Print the rounds as one JSON object, as the last line" },
  },
  notes:
    `In each round the student attempts tasks, and is trained on the very tokens that it sampled,
with a weight for each: rft learns correct attempts, grpo and rloo what was better and worse than other
attempts at the same task, opd, sod and reopd what a teacher with the same tokenizer thinks of each
token. sft and spans learn more of a teacher's trajectories (--trajectories), to compare with.
The budgets (--rounds, --minutes, --tokens) may be raised with --resume.

Writes manifest.json, rollouts/ (attempts with their tokens), trajectories/, rounds/ (the student after
each), student/, rounds.json, tables/ and report.html. Ctrl-C ends the run when the attempts under way
are stored, a second one at once; --resume goes on where it stopped.

Exit code: 0 when complete, 1 on an error, 2 for wrong arguments, 130 when interrupted.

Examples:
  deno task potstill improve --student data/runs/mine/students/agent --method rft --train lab-hotpotqa:500,lab-math:500
  deno task potstill improve --student data/runs/mine/students/agent --method grpo --rounds 20 --minutes 30 --out data/runs/grpo
  deno task potstill improve --student data/runs/mine/students/agent --method opd --teacher data/runs/large/students/agent
  deno task potstill improve --student data/runs/mine/students/agent --method sft --trajectories data/runs/mine --round-tokens 12000`,
});

/** The command `deno task potstill improve`. */
export function runImprove(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values, given }) => {
    if (values.student === null) throw new UsageError("Missing option --student");
    const settings: Partial<ImproveOptions> = Object.fromEntries(
      [...given].filter((name) => Object.hasOwn(IMPROVE_OPTIONS, name))
        .map((name) => [name, values[name as keyof ImproveOptions]]),
    );
    const { improve } = await import("../experiments/improve/run_improve.ts");
    return await withResumableStop(async (how) => {
      const { out, resume } = values;
      const result = await improve({ settings, out, resume, ...how });
      console.log(result.table);
      console.log(`\nStudent: ${result.student}\nReport: ${result.reportPath}`);
      if (values.json) {
        const { path, student, rounds, end } = result;
        console.log(JSON.stringify({ path, student, end, rounds }));
      }
      return 0;
    });
  });
}
