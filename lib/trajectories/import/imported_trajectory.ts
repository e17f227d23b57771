import type { JsonValue } from "../../records/json.ts";
import type { Trajectory } from "../../records/trajectory.ts";

/**
 * The shape that an imported record had.
 *
 * - `agent-log`: a log record of smolagents or of the reference (`log_data.messages`)
 * - `agent-memory`: an agent's memory as steps (`steps` with `model_output`)
 * - `repair-attempts`: a rollout that a teacher corrected, with every attempt at it
 * - `cot-answer`: a chain-of-thought answer with its verdict (`response`)
 * - `chat`: a conversation (`messages`), as trainers take it
 * - `sharegpt`: a conversation (`conversations` with `from` and `value`)
 * - `prompt-completion`: `prompt` and `completion`
 * - `preference`: `prompt`, `chosen` and `rejected`
 * - `react`: a text of thoughts, `search[..]`, observations and `finish[..]`
 * - `react-reflection`: the same with a reflection between two rounds
 * - `react-answer`: a text of that kind without a search
 * - `potstill`: a trajectory of Potstill
 */
export type ImportForm =
  | "agent-log"
  | "agent-memory"
  | "repair-attempts"
  | "cot-answer"
  | "chat"
  | "sharegpt"
  | "prompt-completion"
  | "preference"
  | "react"
  | "react-reflection"
  | "react-answer"
  | "potstill";

/** Origin of an imported trajectory, with everything that the file recorded of it. */
export interface ImportSource {
  /** The record's form. */
  readonly form: ImportForm;
  /** The file's name, or its path as given when another file of that name was imported too. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Position of this trajectory among those of its record, when the record holds several. */
  readonly part: { readonly index: number; readonly of: number } | null;
  /**
   * The record as it stood in the file; of a record with several parts each keeps its own, and the
   * first what they have in common.
   */
  readonly record: JsonValue;
}

/** A trajectory that another tool recorded. */
export interface ImportedTrajectory extends Trajectory {
  /** Origin of the trajectory. */
  readonly imported: ImportSource;
  /** Turns to be trained on, where the record says so. @default all of the assistant's */
  readonly supervision?: "all-assistant" | "last-assistant";
  /**
   * The one step to train on, where others wrote the rest: a teacher's correction within a
   * student's rollout. Later steps are not used at all.
   */
  readonly learnedStep?: number;
  /** The steps to train on, where the record flags each of them. @default all */
  readonly learnedSteps?: readonly number[];
}

/** Origin of an imported trajectory, or null when it was not imported. */
export function importSource(trajectory: Trajectory): ImportSource | null {
  return (trajectory as Partial<ImportedTrajectory>).imported ?? null;
}

/** Turns of a trajectory that are to be trained on. */
export function supervisionOf(trajectory: Trajectory): "all-assistant" | "last-assistant" {
  return (trajectory as Partial<ImportedTrajectory>).supervision ?? "all-assistant";
}

/** The one step of a trajectory to train on, or null when `supervisionOf` decides. */
export function learnedStepOf(trajectory: Trajectory): number | null {
  return (trajectory as Partial<ImportedTrajectory>).learnedStep ?? null;
}

/** The steps of a trajectory to train on by its record, or null when it flags none. */
export function learnedStepsOf(trajectory: Trajectory): readonly number[] | null {
  return (trajectory as Partial<ImportedTrajectory>).learnedSteps ?? null;
}

/**
 * The records that imported trajectories came from, as they stood in their files, in order.
 *
 * @throws {TypeError} when a trajectory was not imported
 */
export function originalRecords(trajectories: readonly ImportedTrajectory[]): JsonValue[] {
  const byLine = new Map<string, ImportSource[]>();
  for (const { imported, id } of trajectories) {
    if (imported === undefined) throw new TypeError(`Trajectory ${id} was not imported`);
    const key = `${imported.file}\n${imported.line}`;
    const parts = byLine.get(key);
    if (parts) parts.push(imported);
    else byLine.set(key, [imported]);
  }
  return [...byLine.values()].map((parts) => {
    const [first] = parts;
    if (first.part === null || first.form !== "repair-attempts") return first.record;
    const sorted = [...parts].sort((a, b) => a.part!.index - b.part!.index);
    const common = sorted[0].record as Readonly<Record<string, JsonValue>>;
    const attempts = sorted.flatMap(({ record }) =>
      (record as { attempts: readonly JsonValue[] }).attempts
    );
    return { ...common, attempts };
  });
}
