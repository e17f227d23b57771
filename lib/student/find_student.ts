import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { hubSnapshot, type HubSnapshotOptions, isHubName } from "./hub/hub_snapshot.ts";
import { studentPresets } from "./config.ts";
import { storedBaseFolder } from "./stored_base_folder.ts";

/** Place of a student. */
export interface StudentLocation {
  /** Kind of name it was found by. */
  readonly kind: "size" | "folder" | "gguf";
  /** Its short name: of the folder, of the file without its ending, or the size. */
  readonly name: string;
  /** A Hugging Face folder, or a GGUF file. */
  readonly path: string;
  /** Its name on the hub and the commit, if it came from there. */
  readonly hub?: { readonly name: string; readonly revision: string };
}

/**
 * Finds what somebody calls a student: a size of the lab (its stored base model), a Hugging Face folder,
 * a GGUF file, a folder with one GGUF file in it, or the name of a model on the Hugging Face hub, which is
 * taken from the cache or fetched: `OWNER/NAME`, `OWNER/NAME@REVISION`, `OWNER/NAME:FILE.gguf`.
 *
 * @throws {Error} when there is no such thing, saying what it might have been
 *
 * @example
 * ```ts
 * import { findStudent } from "@potstill/student/find_student.ts";
 * const { kind, name } = await findStudent("1M");
 * if (kind !== "size" || name !== "1M") throw new Error(name);
 * ```
 */
export async function findStudent(
  student: string,
  options: HubSnapshotOptions = {},
): Promise<StudentLocation> {
  const size = studentPresets.find((preset) => preset === student);
  if (size !== undefined && !existsSync(student)) {
    return { kind: "size", name: size, path: storedBaseFolder(size) };
  }
  if (!existsSync(student)) {
    if (!isHubName(student)) {
      throw new Error(
        `Cannot open the student ${student}: it is no folder, no GGUF file, no name of the hub and none ` +
          `of the lab's sizes ${studentPresets.join(", ")}`,
      );
    }
    const { name, revision, path } = await hubSnapshot(student, options);
    const found = await findStudent(path);
    const short = found.kind === "gguf" ? found.name : basename(name);
    return { ...found, name: short, hub: { name, revision } };
  }
  if (!statSync(student).isDirectory()) return ggufFile(student, student);
  const name = basename(resolve(student));
  if (existsSync(join(student, "config.json"))) return { kind: "folder", name, path: student };
  const files = (await readdir(student)).filter((file) => isGguf(file));
  if (files.length === 1) return ggufFile(join(student, files[0]), student);
  if (files.length > 1) {
    throw new Error(
      `Cannot open the student ${student}: name one of its files ${files.sort().join(", ")}`,
    );
  }
  return { kind: "folder", name, path: student };
}

function ggufFile(path: string, given: string): StudentLocation {
  if (!isGguf(path)) {
    throw new Error(`Cannot open the student ${given}: it is neither a folder nor a .gguf file`);
  }
  return { kind: "gguf", name: basename(path).replace(/\.gguf$/i, ""), path };
}

function isGguf(path: string): boolean {
  return /\.gguf$/i.test(path);
}
