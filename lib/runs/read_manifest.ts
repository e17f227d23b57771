import { readInputObject } from "../storage/read_input.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Reads the manifest of a run.
 *
 * @throws {Error} naming the file, and the field that is missing or of the wrong kind
 */
export async function readManifest(path: string): Promise<Manifest> {
  const manifest = await readInputObject(path);
  for (const name of ["id", "command", "startedAt"]) {
    check(path, manifest, name, "a text", (value) => typeof value === "string");
  }
  for (const name of ["resolved", "prompts"]) {
    check(
      path,
      manifest,
      name,
      "an object",
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    );
  }
  return manifest as unknown as Manifest;
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
