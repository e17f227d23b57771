import { benchmarkByName } from "../tasks/benchmark_name.ts";
import { isStudentFolder, type Teacher } from "../workbench/open_teacher.ts";
import { labBenchmarks } from "../lab/benchmarks.ts";
import type { Task } from "../records/task.ts";
import {
  ORIGIN_FILE,
  questionDigest,
  readOrigin,
  type StudentOrigin,
} from "../training_data/student_origin.ts";

/** Facts about a system's training, for its rows. */
export interface TrainingFacts {
  /** The student's training data; null for other models, and where its folder does not say. */
  readonly origin: StudentOrigin | null;
  /** The models that wrote its training data; null where that is not known. */
  readonly teacher: string | null;
  /** True if its training data has first thoughts; null where that is not known. */
  readonly firstThoughtPrefix: boolean | null;
  /** True if the student was trained on tasks of the benchmark. */
  inDomain(benchmark: string): boolean;
  /** True if it was trained on this very question; undefined where that is not known. */
  hasSeen(task: Pick<Task, "question">): boolean | undefined;
  /** Warnings for the user, one sentence each. */
  notes(tasks: readonly Task[]): string[];
}

/**
 * Reads what a student was trained on from its folder. Where that is not recorded nothing is guessed of
 * the student: `inDomain` is then what the paper, or the lab, trains on, and the notes say so.
 *
 * @throws {Error} naming the file and field of a record that cannot be read
 */
export async function trainingFacts(teacher: Teacher): Promise<TrainingFacts> {
  const isStudent = isStudentFolder(teacher);
  const origin = isStudent ? await readOrigin(teacher.student) : null;
  const seen = new Set(origin?.questions);
  const unknown = origin?.files ?? [];
  const hasSeen = ({ question }: Pick<Task, "question">) =>
    origin === null
      ? undefined
      : seen.has(questionDigest(question)) || (unknown.length > 0 ? undefined : false);
  return {
    origin,
    teacher: origin === null || origin.teachers.length === 0 ? null : origin.teachers.join(" + "),
    firstThoughtPrefix: origin?.firstThoughtPrefix ?? null,
    inDomain: (benchmark) =>
      origin === null || (origin.data.length === 0 && unknown.length > 0)
        ? isTrainedOn(benchmark)
        : origin.data.some((entry) => entry.benchmark === benchmark),
    hasSeen,
    notes: (tasks) => {
      if (!isStudent) return [];
      if (origin === null) {
        return [
          `Note: what the student was trained on is unknown (its folder has no ${ORIGIN_FILE}): its ` +
          "teacher is unknown too, whether it has seen these questions was not checked, and " +
          "in-domain means what the paper or the lab trains on",
        ];
      }
      const found = tasks.filter((task) => hasSeen(task));
      const part = unknown.length === 0 ? [] : [
        `Note: the student was also trained on rows of ${
          unknown.join(", ")
        }, whose tasks are not ` +
        "known: whether it has seen these questions there was not checked",
      ];
      return found.length === 0 ? part : [
        ...part,
        `WARNING: the student was trained on ${found.length} of these ${tasks.length} questions ` +
        `(${found.slice(0, 3).map(({ id }) => id).join(", ")}${
          found.length > 3 ? ", ..." : ""
        }): ` +
        "its accuracy here is no test",
      ];
    },
  };
}

/** True if the paper, or the lab, trains students on the benchmark. */
function isTrainedOn(benchmark: string): boolean {
  const lab = labBenchmarks.find(({ name }) => name === benchmark);
  return lab === undefined
    ? benchmarkByName(benchmark)?.inDomain ?? false
    : lab.splits.includes("train");
}
