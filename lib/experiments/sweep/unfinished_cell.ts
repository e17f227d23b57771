import { existsSync } from "node:fs";
import { join } from "node:path";
import { type EvaluationRow, questionKey } from "../../evaluation/evaluation_row.ts";
import { rowFromTrajectories } from "../../evaluation/row_from_trajectories.ts";
import { checkTrajectory } from "../../records/check.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { readInputText } from "../../runs/read_input.ts";
import { chosenSystems, studentOf, systemFacts, type SystemSlug } from "../distill/system_facts.ts";
import { systemName } from "../distill/systems.ts";
import { readCellManifest, type StoredCell, teacherRowsOf } from "./stored_cell.ts";

/**
 * What an unfinished run has of its evaluations: the answers at the tasks that every system which has begun has
 * answered, so that the systems can be compared. Null where none has.
 *
 * @throws {Error} naming the file and line that is at fault
 */
export async function readUnfinishedCell(path: string, name: string): Promise<StoredCell | null> {
  if (!existsSync(join(path, "manifest.json"))) return null;
  const { id, options } = await readCellManifest(path);
  const taught = await stored(join(path, "trajectories", "agent.jsonl"));
  const trainedOn = new Set(taught.map(({ task }) => task.benchmark));
  const teacher = taught[0]?.model ?? null;
  const begun: EvaluationRow[][] = [];
  for (const slug of chosenSystems(options)) {
    const attempts = await stored(join(path, "evaluation", `${slug}.jsonl`));
    if (attempts.length > 0) begun.push(attempts.map((attempt) => rowOf(attempt, slug)));
  }
  if (begun.length === 0) return null;
  const answered = begun.map((rows) => new Set(rows.map(questionKey)))
    .reduce((all, own) => all.intersection(own));
  const rows = begun.flat().filter((row) => answered.has(questionKey(row)));
  if (rows.length === 0) return null;
  return {
    name,
    path,
    options,
    rows,
    teacherRows: teacherRowsOf(taught, id, options),
    durationMs: 0,
  };

  function rowOf(attempt: Trajectory, slug: SystemSlug): EvaluationRow {
    return rowFromTrajectories([attempt], {
      runId: id,
      system: systemName(slug, options.candidates, options.then),
      systemId: slug,
      student: studentOf(slug),
      teacher: systemFacts[slug].asks === "base" ? null : teacher,
      inDomain: trainedOn.has(attempt.task.benchmark),
      seed: options.seed,
    });
  }
}

/** Trajectories of a file that may still grow; none where there is no file. */
async function stored(path: string): Promise<Trajectory[]> {
  const found = [path, `${path}.partial`].find((one) => existsSync(one));
  if (found === undefined) return [];
  // A last line without an end is still being written.
  const lines = (await readInputText(found)).split("\n").slice(0, -1);
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      return [checkTrajectory(JSON.parse(line))];
    } catch (cause) {
      throw new Error(`Cannot read ${found} line ${i + 1}: ${(cause as Error).message}`, { cause });
    }
  });
}
