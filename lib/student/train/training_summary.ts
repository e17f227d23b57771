import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../records/json.ts";
import { readInputObject } from "../../runs/read_input.ts";
import type { TrainingRecord } from "./train_student.ts";

/** The file of a student's folder that says how its training went. It comes last. */
export const TRAINING_FILE = "training.json";

/** A measured loss. */
export interface LossPoint {
  /** Optimizer steps done. */
  readonly step: number;
  /** Mean cross-entropy of the supervised tokens, in nats. */
  readonly loss: number;
  /** Data of the loss. @default "train" */
  readonly split?: "train" | "validation";
}

/** A student's training in figures, stored as `training.json` in its folder. */
export interface TrainingSummary {
  /** The student's name in reports. */
  readonly name: string;
  /** Number of weights of the student. */
  readonly parameters: number;
  /** The loss curve: at most about 200 points, each the mean of the steps since the one before. */
  readonly losses: readonly LossPoint[];
  /** Wall time of the training's steps and of saving, in milliseconds. */
  readonly durationMs: number;
  /** Tokens read per second of that time. */
  readonly tokensPerSecond: number;
  /** Optimizer steps. Absent in older folders, as all that follow. */
  readonly steps?: number;
  /** Mean cross-entropy of the last step's trained tokens, in nats. */
  readonly loss?: number;
  /** Training examples. */
  readonly examples?: number;
  /** Tokens read in all steps together. */
  readonly tokens?: number;
  /** Tokens among them whose prediction was trained. */
  readonly trainedTokens?: number;
  /** Conversations that are no training example, by defect. */
  readonly leftOut?: Readonly<Record<string, number>>;
  /** Most memory that the process has held, in megabytes (10^6 bytes). */
  readonly peakMemoryMb?: number;
  /** The caller's settings; a finished folder with other ones is not gone on with. */
  readonly settings?: JsonValue;
}

/**
 * Summary of the training of the student in a folder; null when its training has not ended.
 *
 * @throws {Error} naming the file that cannot be read, or its field that does not fit
 */
export async function readTrainingSummary(folder: string): Promise<TrainingSummary | null> {
  const path = join(folder, TRAINING_FILE);
  if (!existsSync(path)) return null;
  const fields = await readInputObject(path);
  const isNumber = (value: unknown) => typeof value === "number";
  const isPoint = (value: unknown) => {
    const point = value as LossPoint | null;
    return typeof point === "object" && isNumber(point?.step) && isNumber(point?.loss);
  };
  const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
    name: (value) => typeof value === "string",
    parameters: isNumber,
    losses: (value) => Array.isArray(value) && value.every(isPoint),
    durationMs: isNumber,
    tokensPerSecond: isNumber,
  };
  for (const [field, check] of Object.entries(checks)) {
    if (!check(fields[field])) {
      const shown = JSON.stringify(fields[field]) ?? "missing";
      throw new Error(`Cannot read ${path}: field ${field} is ${shown.slice(0, 80)}`);
    }
  }
  return fields as unknown as TrainingSummary;
}

/** At most about 200 points, each the mean of the steps since the one before. */
export function lossCurve(history: readonly TrainingRecord[]): LossPoint[] {
  const every = Math.max(1, Math.ceil(history.length / 200));
  const points: LossPoint[] = [];
  for (let start = 0; start < history.length; start += every) {
    const part = history.slice(start, start + every);
    const loss = part.reduce((sum, record) => sum + record.loss, 0) / part.length;
    points.push({ step: part[part.length - 1].step, loss });
  }
  return points;
}
