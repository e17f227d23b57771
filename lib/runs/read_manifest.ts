import { existsSync } from "node:fs";
import { join } from "node:path";
import { readInputObject } from "./read_input.ts";
import type { Manifest } from "./manifest.ts";

/** Values for fields that older manifests lack, so that their runs can be read. */
const ABSENT: Pick<Manifest, "given" | "revision" | "versions" | "machine"> = {
  given: {},
  revision: null,
  versions: {},
  machine: { cores: 0, os: "unknown", arch: "" },
};

/**
 * Reads the manifest of a run. Without the fields that say where it was made it can be read all the
 * same; without those that say what it is, it cannot.
 *
 * @throws {Error} naming the file, and the field that is missing or of the wrong kind
 */
export async function readManifest(path: string): Promise<Manifest> {
  const manifest = await readInputObject(path);
  for (const name of ["id", "command", "startedAt"]) {
    check(path, manifest, name, "a text", isText);
  }
  for (const name of ["resolved", "prompts"]) check(path, manifest, name, "an object", isObject);
  for (const name of ["given", "versions", "machine"]) {
    check(path, manifest, name, "an object", (value) => value === undefined || isObject(value));
  }
  check(
    path,
    manifest,
    "revision",
    "a text or null",
    (value) => value === undefined || value === null || isText(value),
  );
  check(
    path,
    manifest,
    "warnings",
    "a list of texts",
    (value) => value === undefined || (Array.isArray(value) && value.every(isText)),
  );
  return { ...ABSENT, ...manifest } as unknown as Manifest;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function check(
  path: string,
  manifest: Readonly<Record<string, unknown>>,
  name: string,
  kind: string,
  holds: (value: unknown) => boolean,
): void {
  const value = Object.hasOwn(manifest, name) ? manifest[name] : undefined;
  if (holds(value)) return;
  const shown = JSON.stringify(value) ?? "missing";
  throw new Error(
    `Cannot read ${path}: field ${name} must be ${kind}, it is ${
      shown.length > 60 ? `${shown.slice(0, 60)}...` : shown
    }`,
  );
}

/**
 * The manifest of a run's folder; null where it has none.
 *
 * @throws {Error} naming the file and the field at fault
 */
export async function storedManifest(folder: string): Promise<Manifest | null> {
  const path = join(folder, "manifest.json");
  return existsSync(path) ? await readManifest(path) : null;
}
