import { parameterCount } from "../student/config.ts";
import { readStudentConfig } from "../student/read_student_config.ts";

/**
 * The size of a student, from its configuration: `1M`, `0.5B`.
 *
 * @throws {Error} naming the file that cannot be read
 */
export async function studentTier(folder: string): Promise<string> {
  return sizeText(parameterCount(await readStudentConfig(folder)));
}

/** A number of parameters as model names have it: 494,032,768 is `0.5B`. */
export function sizeText(parameters: number): string {
  const [value, unit] = parameters >= 1e8 ? [parameters / 1e9, "B"] : [parameters / 1e6, "M"];
  return `${Number(value.toFixed(value < 10 ? 1 : 0))}${unit}`;
}
