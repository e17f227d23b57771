import { deviceOption } from "../onnx/device.ts";
import { modelRunOptions } from "./model_run_options.ts";
import { defineCommand } from "./options.ts";
import { studentPresets } from "../student/student_presets.ts";
import { type BaseRecipe, baseRecipes } from "../experiments/distill/base_recipes.ts";
import { runCommand } from "./run_command.ts";
import { withResumableStop } from "./with_soft_stop.ts";

/** The recipes' values of a setting: `0.3M 120000, 1M 240000, ...`. */
function ofEachSize(name: keyof BaseRecipe): string {
  return Object.entries(baseRecipes).map(([size, recipe]) => `${size}: ${recipe[name] ?? "none"}`)
    .join(", ");
}

const command = defineCommand({
  name: "base",
  summary: "Train the base model that the lab's students of a size begin with",
  options: {
    size: {
      type: "string",
      choices: studentPresets,
      default: "1M",
      description: "Parameters of the model",
    },
    seed: { type: "integer", default: 0, description: "Seed of all random draws" },
    texts: {
      type: "integer",
      min: 1,
      defaultNote: ofEachSize("baseTexts"),
      description: "Texts to train on",
    },
    learningRate: {
      type: "number",
      above: 0,
      defaultNote: ofEachSize("baseLearningRate"),
      description: "Peak learning rate",
    },
    from: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: ofEachSize("from"),
      description: "Continue from this base model, which grows if it is of a smaller size",
    },
    fresh: { type: "boolean", description: "Begin with fresh weights, whatever the recipe says" },
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "data/base/SIZE",
      description: "Folder of the finished model",
    },
    device: deviceOption("trains"),
    ...modelRunOptions,
  },
  notes:
    `The models in data/base/ were made by this command. Ctrl-C stops; --resume continues where it
stopped.

Example:
  deno task potstill base --size 0.3M`,
});

/** The command `deno task potstill base`. */
export function runBase(args: string[]): Promise<number> {
  return runCommand(command, args, async ({ values }) => {
    return await withResumableStop(async ({ progress, signal }) => {
      const { makeBase } = await import("../experiments/distill/make_base.ts");
      const { texts, learningRate, seed } = values;
      const { losses, ...made } = await makeBase({
        studentSize: values.size,
        settings: {
          seed,
          ...(texts === undefined ? {} : { baseTexts: texts }),
          ...(learningRate === undefined ? {} : { baseLearningRate: learningRate }),
        },
        from: values.fresh ? null : values.from,
        device: values.device,
        out: values.out,
        run: values.run,
        resume: values.resume,
        progress,
        signal,
      });
      const finalLoss = losses.at(-1)?.loss ?? null;
      console.log(
        `Base model of ${made.parameters} parameters in ${made.folder}, loss ${finalLoss}`,
      );
      if (values.json) console.log(JSON.stringify({ ...made, finalLoss }));
      return 0;
    });
  });
}
