import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the lab's trained teacher, which is stored with the project. */
export const storedTeacherFolder: string = fileURLToPath(
  new URL("../../../data/teacher", import.meta.url),
);

/** The same, where it is there. @throws {Error} where it is not */
export function checkedStoredTeacher(): string {
  if (!existsSync(join(storedTeacherFolder, "model.safetensors"))) {
    throw new Error(
      `Cannot find the stored teacher in ${storedTeacherFolder}: make it with ` +
        "`deno task potstill teacher`, or name a trained model's folder",
    );
  }
  return storedTeacherFolder;
}
