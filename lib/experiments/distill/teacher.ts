import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLabExpert } from "../../lab/expert/lab_expert.ts";
import type { ChatModel } from "../../models/chat_model.ts";
import { createStudentModel } from "../../student/student_model.ts";
import { weightsSha256 } from "../../student/checkpoint/weights_hash.ts";
import type { DistillOptions } from "./distill_options.ts";

/** The teacher, ready to be asked. */
export interface OpenTeacher {
  /** The scripted expert, or a trained model. */
  readonly model: ChatModel;
  /** Description for the report: a noun phrase. */
  readonly description: string;
  /** The system prompt that it acts under; a trained model's is that of its training. */
  readonly systemPrompt: "long" | "short";
  /** Its sampling, as options of an attempt. */
  readonly sampling: { readonly temperature?: number };
  /** Most new tokens of an agent's turn; absent for the expert, which always ends its turns. */
  readonly stepTokens?: number;
  /** Frees its memory. */
  close(): Promise<void>;
}

/** The folder of the lab's trained teacher, which is stored with the project. */
export const storedTeacherFolder: string = fileURLToPath(
  new URL("../../../data/teacher", import.meta.url),
);

/**
 * Opens the teacher that the settings name: the lab's scripted expert, its stored trained teacher, or
 * a student's checkpoint folder.
 *
 * @throws {Error} naming the folder's file that is missing or does not fit
 */
export async function openTeacher(
  options: Pick<DistillOptions, "teacher" | "teacherTemperature" | "stepTokens">,
): Promise<OpenTeacher> {
  const { teacher, teacherTemperature, stepTokens } = options;
  const sampling = teacherTemperature > 0 ? { temperature: teacherTemperature } : {};
  if (teacher === "expert") {
    return {
      model: createLabExpert(),
      description: "a scripted expert that goes wrong at set rates, not a language model",
      systemPrompt: "long",
      sampling,
      close: () => Promise.resolve(),
    };
  }
  const model = await createStudentModel(teacherFolder(teacher));
  return {
    model,
    description: `the trained model ${model.name}, sampled at temperature ${teacherTemperature}`,
    systemPrompt: "short",
    sampling,
    stepTokens,
    close: () => model.dispose(),
  };
}

function teacherFolder(teacher: string): string {
  if (teacher !== "stored") return teacher;
  if (!existsSync(join(storedTeacherFolder, "model.safetensors"))) {
    throw new Error(
      `Cannot find the stored teacher in ${storedTeacherFolder}: make it with ` +
        "`deno task potstill teacher`, or name a trained model's folder",
    );
  }
  return storedTeacherFolder;
}

/**
 * SHA-256 of the teacher's weights, for a run's manifest; null for the scripted expert.
 *
 * @throws {Error} when the folder has none
 */
export async function teacherHash({ teacher }: DistillOptions): Promise<string | null> {
  if (teacher === "expert") return null;
  return await weightsSha256(teacherFolder(teacher));
}
