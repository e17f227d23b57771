import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { hubSnapshot, type HubSnapshotOptions, isHubName } from "./hub/hub_snapshot.ts";
import { studentPresets } from "./student_presets.ts";
import { readInputObject } from "../runs/read_input.ts";
import { storedBaseFolder } from "./stored_base_folder.ts";

/** Place of a student. */
export interface StudentLocation {
  /** Kind of name it was found by. */
  readonly kind: "size" | "folder" | "gguf";
  /** Its short name: of the folder, of the file without its ending, or the size. */
  readonly name: string;
  /** A Hugging Face folder or that of an adapter, or a GGUF file. */
  readonly path: string;
  /** Its name on the hub and the commit, if it came from there. */
  readonly hub?: { readonly name: string; readonly revision: string };
}

/**
 * Finds what somebody calls a student: a size of the lab (its stored base model), a Hugging Face folder,
 * the folder of a PEFT adapter, a GGUF file, a folder with one GGUF file in it, or the name of a model on the Hugging Face hub, which is
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
    const found = await findStudent(path, options);
    const short = found.kind === "gguf" ? found.name : basename(name);
    return { ...found, name: short, hub: { name, revision } };
  }
  if (!statSync(student).isDirectory()) return ggufFile(student, student);
  const name = basename(resolve(student));
  if (existsSync(join(student, "config.json"))) return { kind: "folder", name, path: student };
  if (isAdapterFolder(student)) {
    // What the adapter belongs to is fetched now, while somebody watches.
    await adapterBase(student, options);
    return { kind: "folder", name, path: student };
  }
  const files = (await readdir(student)).filter((file) => isGguf(file));
  if (files.length === 1) return ggufFile(join(student, files[0]), student);
  if (files.length > 1) {
    throw new Error(
      `Cannot open the student ${student}: name one of its files ${files.sort().join(", ")}`,
    );
  }
  return { kind: "folder", name, path: student };
}

/** True if a folder holds a PEFT adapter and no model. */
export function isAdapterFolder(folder: string): boolean {
  return existsSync(join(folder, "adapter_config.json")) &&
    !existsSync(join(folder, "config.json"));
}

/**
 * The model that an adapter belongs to: `base_model_name_or_path` of its `adapter_config.json`, a path or
 * a name of the hub, with its `revision`.
 *
 * @throws {Error} naming the adapter when it names no model, or one that cannot be found
 */
export async function adapterBase(
  folder: string,
  options: HubSnapshotOptions = {},
): Promise<StudentLocation> {
  const path = join(folder, "adapter_config.json");
  const { base_model_name_or_path: base, revision } = await readInputObject(path);
  const fail = (why: string, cause?: unknown): never => {
    throw new Error(
      `Cannot open the adapter ${folder}: its base model ${JSON.stringify(base)} ` +
        `(base_model_name_or_path) ${why}`,
      { cause },
    );
  };
  if (typeof base !== "string" || base === "") return fail("is no name");
  if (existsSync(base) && isAdapterFolder(base)) return fail("is an adapter itself");
  const isPinned = typeof revision === "string" && !existsSync(base) && !base.includes("@");
  try {
    return await findStudent(isPinned ? `${base}@${revision}` : base, options);
  } catch (cause) {
    return fail(`cannot be opened: ${(cause as Error).message}`, cause);
  }
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
