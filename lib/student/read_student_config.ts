import { join } from "node:path";
import { readInputJson } from "../runs/read_input.ts";
import type { StudentConfig } from "./config.ts";
import { parseStudentConfig } from "./parse_student_config.ts";
import { adapterBase, findStudent, isAdapterFolder } from "./find_student.ts";
import { ggufConfig } from "./gguf/gguf_config.ts";
import { openGguf } from "./gguf/read_gguf.ts";
import { ggufEndIds } from "./gguf/tokenizer_of_gguf.ts";

/**
 * The configuration of a student, without its weights.
 *
 * @param student anything that {@link findStudent} finds
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function readStudentConfig(student: string): Promise<StudentConfig> {
  const found = await findStudent(student);
  const { kind, path } = isAdapterFolder(found.path) ? await adapterBase(found.path) : found;
  if (kind !== "gguf") {
    const config = join(path, "config.json");
    return parseStudentConfig(await readInputJson(config), config);
  }
  const reader = await openGguf(path);
  try {
    return await ggufConfig(reader, path, ggufEndIds(reader.metadata, path));
  } finally {
    await reader.close();
  }
}
