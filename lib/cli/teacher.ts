import { deviceOption } from "../onnx/device.ts";
import { modelRunOptions } from "./model_run_options.ts";
import { TEACHER_RECIPE } from "../experiments/distill/teacher_recipe.ts";
import { defineCommand, givenOptions } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { withResumableStop } from "./with_soft_stop.ts";

const { size: _, from: __, ...recipe } = TEACHER_RECIPE;

const command = defineCommand({
  name: "teacher",
  summary: "Train the lab's teacher: a larger model that errs in its own way",
  options: {
    ...recipe,
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "data/teacher",
      description: "Folder of the finished model",
    },
    device: deviceOption("trains"),
    ...modelRunOptions,
  },
  notes: `The model in data/teacher/ was made by this command out of data/base/4M. It teaches where
--teacher stored is given. Ctrl-C stops; --resume continues where it stopped.

Examples:
  deno task potstill teacher --agent-tasks 100 --out data/runs/weak-teacher
  deno task potstill distill --teacher data/runs/weak-teacher --teacher-temperature 0.3`,
});

/** The command `deno task potstill teacher`. */
export function runTeacher(args: string[]): Promise<number> {
  return runCommand(command, args, async (parsed) => {
    return await withResumableStop(async ({ progress, signal }) => {
      const { makeTeacher } = await import("../experiments/distill/make_teacher.ts");
      const { device, out, run, resume, json } = parsed.values;
      const { losses, ...made } = await makeTeacher({
        settings: givenOptions(recipe, parsed),
        device,
        out,
        run,
        resume,
        progress,
        signal,
      });
      const finalLoss = losses.at(-1)?.loss ?? null;
      console.log(`Teacher of ${made.parameters} parameters in ${made.folder}, loss ${finalLoss}`);
      if (json) console.log(JSON.stringify({ ...made, finalLoss }));
      return 0;
    });
  });
}
