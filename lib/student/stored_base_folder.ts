import { fileURLToPath } from "node:url";
import type { StudentPreset } from "./student_presets.ts";

/** The folder of the base model of a size that is stored with the project. */
export function storedBaseFolder(size: StudentPreset): string {
  return fileURLToPath(new URL(`../../data/base/${size}`, import.meta.url));
}
