import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkTrajectory } from "../../records/check.ts";
import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { sha256Hex, sha256OfJson } from "../../runs/hash.ts";
import { readJsonl } from "../../runs/jsonl.ts";

const PARADIGMS: readonly Paradigm[] = ["agent", "cot", "cot-rag"];

/** A run whose trajectories stand in for a teacher: generated, imported, or of another distillation. */
export interface TeacherRun {
  /** Its folder. */
  readonly path: string;
  /** The paradigms that it has trajectories of. */
  readonly paradigms: readonly Paradigm[];
  /** Reads the trajectories of a paradigm. @throws {Error} naming the file and line at fault */
  read(paradigm: Paradigm): Promise<Trajectory[]>;
  /** A hash of all its trajectories. */
  sha256(): Promise<string>;
}

/**
 * The run in a folder; null when the folder has no trajectories.
 *
 * @throws {Error} when the run is unfinished, or one of several parts that are not merged yet
 */
export function findTeacherRun(folder: string): TeacherRun | null {
  const inside = join(folder, "trajectories");
  if (!existsSync(inside)) {
    const parts = readdirSync(folder).filter((name) =>
      existsSync(join(folder, name, "trajectories"))
    );
    if (parts.length === 0) return null;
    throw new Error(
      `Cannot use the run ${folder}: its trajectories are in ${parts.length} folders within, such as ` +
        `${parts[0]}; name one of them, or put parts together with \`deno task potstill merge\``,
    );
  }
  const names = new Set(readdirSync(inside));
  const unfinished = PARADIGMS.find((paradigm) => names.has(`${paradigm}.jsonl.partial`));
  if (unfinished !== undefined) {
    throw new Error(
      `Cannot use the run ${folder}: its trajectories of ${unfinished} are unfinished; the command ` +
        "that made it goes on with --resume",
    );
  }
  const paradigms = PARADIGMS.filter((paradigm) => names.has(`${paradigm}.jsonl`));
  if (paradigms.length === 0) return null;
  const pathOf = (paradigm: Paradigm) => join(inside, `${paradigm}.jsonl`);
  return {
    path: folder,
    paradigms,
    read: (paradigm) => readJsonl(pathOf(paradigm), checkTrajectory),
    sha256: async () =>
      sha256OfJson(
        await Promise.all(
          paradigms.map(async (paradigm) => sha256Hex(await readFile(pathOf(paradigm)))),
        ),
      ),
  };
}
