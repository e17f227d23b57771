import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Trajectory } from "../records/trajectory.ts";
import { writeJsonAtomic } from "../runs/atomic_write.ts";
import { sha256Hex } from "../runs/hash.ts";
import { readInputObject } from "../runs/read_input.ts";

/** The file of a student's folder that says what it was trained on. */
export const ORIGIN_FILE = "trained_on.json";

/** Tasks of one benchmark and split whose trajectories a student was trained on. */
export interface TrainingTasks {
  /** The benchmark's name. */
  readonly benchmark: string;
  /** The tasks' split. */
  readonly split: "train" | "test";
  /** Number of different tasks. */
  readonly tasks: number;
}

/** Origin of a student. Nothing in it is guessed: unknown facts are null. */
export interface StudentOrigin {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  /** Base model, with the SHA-256 of its weights; null for fresh weights. */
  readonly base:
    | {
      readonly name: string;
      readonly sha256: string | null;
      /** Commit of a model of the hub. */
      readonly revision?: string;
    }
    | null;
  /** The models that wrote the trajectories. */
  readonly teachers: readonly string[];
  /** The paradigms of the trajectories. */
  readonly systems: readonly string[];
  /** True if some of them began with a first thought. */
  readonly firstThoughtPrefix: boolean;
  /** Number of trajectories. */
  readonly trajectories: number;
  /** Their tasks. */
  readonly data: readonly TrainingTasks[];
  /** A digest of every question, sorted: see {@link questionDigest}. */
  readonly questions: readonly string[];
  /** Files of rows that it was trained on as well, whose tasks are not known. @default none */
  readonly files?: readonly string[];
}

/**
 * A digest of a question (64 bits, 16 hexadecimal digits) that does not depend on case, white space and
 * how accents are encoded: equal questions are found again without storing them.
 */
export function questionDigest(question: string): string {
  const plain = question.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  return sha256Hex(plain).slice(0, 16);
}

/**
 * The origin of a student that is trained on these trajectories.
 *
 * @example
 * ```ts
 * import { originOf } from "@potstill/student";
 * if (originOf([], null).questions.length !== 0) throw new Error("no trajectory, no question");
 * ```
 */
export function originOf(
  trajectories: readonly Trajectory[],
  base: StudentOrigin["base"],
): StudentOrigin {
  const tasks = new Map<string, Set<string>>();
  for (const { task } of trajectories) {
    const key = JSON.stringify([task.benchmark, task.split]);
    tasks.set(key, (tasks.get(key) ?? new Set()).add(task.id));
  }
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  return {
    format: 1,
    base,
    teachers: distinct(trajectories.map(({ model }) => model)),
    systems: distinct(trajectories.map(({ paradigm }) => paradigm)),
    firstThoughtPrefix: trajectories.some(({ firstThought }) => firstThought !== undefined),
    trajectories: trajectories.length,
    data: [...tasks].map(([key, ids]) => {
      const [benchmark, split] = JSON.parse(key);
      return { benchmark, split, tasks: ids.size };
    }),
    questions: distinct(trajectories.map(({ task }) => questionDigest(task.question))),
  };
}

/**
 * The origin of a student that is trained on several things, or of one that begins where another's
 * training ended.
 *
 * @param files files of rows whose tasks are not known
 */
export function mergeOrigins(
  origins: readonly StudentOrigin[],
  base: StudentOrigin["base"],
  files: readonly string[] = [],
): StudentOrigin {
  const union = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())].sort();
  const tasks = new Map<string, TrainingTasks>();
  const seen = new Set<string>();
  for (const { data, questions } of origins) {
    // The tasks of equal questions are the same; how many of them each benchmark has is not known.
    const areNew = !questions.some((question) => seen.has(question));
    for (const entry of data) {
      const key = JSON.stringify([entry.benchmark, entry.split]);
      const before = tasks.get(key)?.tasks ?? 0;
      const both = areNew ? before + entry.tasks : Math.max(before, entry.tasks);
      tasks.set(key, { ...entry, tasks: both });
    }
    for (const question of questions) seen.add(question);
  }
  const all = union([...origins.map((origin) => origin.files ?? []), files]);
  return {
    format: 1,
    base,
    teachers: union(origins.map(({ teachers }) => teachers)),
    systems: union(origins.map(({ systems }) => systems)),
    firstThoughtPrefix: origins.some(({ firstThoughtPrefix }) => firstThoughtPrefix),
    trajectories: origins.reduce((sum, { trajectories }) => sum + trajectories, 0),
    data: [...tasks.values()],
    questions: [...seen].sort(),
    ...(all.length === 0 ? {} : { files: all }),
  };
}

/** Writes a student's origin into its folder. */
export function writeOrigin(folder: string, origin: StudentOrigin): Promise<void> {
  return writeJsonAtomic(join(folder, ORIGIN_FILE), origin);
}

/**
 * Origin of the student in a folder; null when its folder does not record one.
 *
 * @throws {Error} naming the file and the field that does not fit
 */
export async function readOrigin(folder: string): Promise<StudentOrigin | null> {
  const path = join(folder, ORIGIN_FILE);
  if (!existsSync(path)) return null;
  const fields = await readInputObject(path);
  try {
    return checkOrigin(fields);
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

function checkOrigin(fields: Readonly<Record<string, unknown>>): StudentOrigin {
  const texts = (v: unknown) => Array.isArray(v) && v.every((text) => typeof text === "string");
  const count = (v: unknown) => Number.isSafeInteger(v) && (v as number) >= 0;
  const isBase = (v: unknown) => {
    const base = v as StudentOrigin["base"];
    return base === null || (typeof base === "object" && typeof base.name === "string" &&
      (base.sha256 === null || typeof base.sha256 === "string"));
  };
  const isTasks = (v: unknown) => {
    const entry = v as TrainingTasks | null;
    return typeof entry === "object" && entry !== null && typeof entry.benchmark === "string" &&
      (entry.split === "train" || entry.split === "test") && count(entry.tasks);
  };
  const checks: Readonly<Record<keyof StudentOrigin, (v: unknown) => boolean>> = {
    format: (v) => v === 1,
    base: (v) => v !== undefined && isBase(v),
    teachers: texts,
    systems: texts,
    firstThoughtPrefix: (v) => typeof v === "boolean",
    trajectories: count,
    data: (v) => Array.isArray(v) && v.every(isTasks),
    questions: texts,
    files: (v) => v === undefined || texts(v),
  };
  for (const [field, check] of Object.entries(checks)) {
    if (!check(fields[field])) {
      const shown = JSON.stringify(fields[field]) ?? "missing";
      throw new Error(`field ${field} is ${shown.slice(0, 80)}`);
    }
  }
  return fields as unknown as StudentOrigin;
}
