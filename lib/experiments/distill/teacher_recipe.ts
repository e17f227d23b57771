import type { OptionTable, OptionValues } from "../../records/option_table.ts";
import { optionDefaults } from "../../records/resolve_options.ts";
import { studentPresets } from "../../student/student_presets.ts";

/** Settings of the lab's trained teacher. */
export const TEACHER_RECIPE = {
  size: {
    type: "string",
    choices: studentPresets,
    default: "10M",
    description: "Parameters of the model",
  },
  from: {
    type: "string",
    choices: studentPresets,
    default: "4M",
    description: "The stored base model that it grows from",
  },
  seed: {
    type: "integer",
    default: 1000,
    description: "Seed of all random draws; other than that of any run that it will teach in",
  },
  cotTasks: {
    type: "integer",
    min: 1,
    default: 1500,
    description:
      "Training tasks of each in-domain benchmark whose CoT answers by the expert it is trained on",
  },
  agentTasks: {
    type: "integer",
    min: 1,
    default: 400,
    description:
      "Training tasks of each in-domain benchmark whose agent runs by the expert it is trained on",
  },
  prefixedTasks: {
    type: "integer",
    min: 0,
    default: 0,
    description:
      "So many of these agent runs of each benchmark begin with the first paragraph of " +
      "the expert's CoT answer, a plan in most: the teacher learns to go on from a plan with code",
  },
  baseTexts: {
    type: "integer",
    min: 1,
    default: 2000,
    description: "Plain texts of the lab beside them, so that it forgets less",
  },
  epochs: { type: "integer", min: 1, default: 2, description: "Passes over all of them" },
  learningRate: { type: "number", above: 0, default: 1e-3, description: "Peak learning rate" },
} as const satisfies OptionTable;

/** Settings of the lab's trained teacher. */
export type TeacherRecipe = OptionValues<typeof TEACHER_RECIPE>;

/** CoT in plenty, agent runs in small number: its errors as an agent are many, and its own. */
export const teacherRecipe: TeacherRecipe = optionDefaults(TEACHER_RECIPE);
