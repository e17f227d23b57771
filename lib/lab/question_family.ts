import { Random } from "../records/random.ts";
import type { AnswerKind, Task } from "../records/task.ts";
import type { Skill } from "./expert/skill.ts";

/** Split that a draw is for. */
export type Split = Task["split"];

/** A question as a family draws it, before it becomes a task. */
export interface QuestionDraft {
  /** The question's whole text. */
  readonly question: string;
  /** The gold answer, from the data or computed exactly. */
  readonly answer: string;
  /** Other texts that count as the gold answer. */
  readonly aliases?: readonly string[];
  /** The task's level, where the family has levels. */
  readonly level?: string;
  /** Ids of the passages that hold the evidence. */
  readonly evidence?: readonly string[];
  /**
   * Subjects of the question, such as a city's id or a pair of numbers. {@link drawTasks} keeps a
   * draft only when every key belongs to the split ({@link splitOf}): so train and test share
   * none.
   */
  readonly keys: readonly string[];
  /**
   * Variant of the question about the same keys. A family's keys and variant are never drawn
   * twice.
   * @default ""
   */
  readonly variant?: string;
}

/** A kind of question: how to draw one, and how the lab's expert solves it. */
export interface QuestionFamily {
  /** Unique in the lab; it becomes the task's `type`. */
  readonly name: string;
  /** Grading of the answer. */
  readonly kind: AnswerKind;
  /**
   * Draws one question. The draw depends on `random` and `split` alone. A draw that comes to nothing
   * (a tie, an ambiguous name, no exact answer) gives null and is repeated with another stream.
   */
  draw(random: Random, split: Split): QuestionDraft | null;
  /** Recognises every question that `draw` can write, and solves it. */
  readonly skill: Skill;
}

/** A benchmark of the lab: a mix of question families. */
export interface LabBenchmark {
  /** Such as `lab-hotpotqa`, after the benchmark that it mirrors. */
  readonly name: string;
  /** Grading of the answers. */
  readonly kind: AnswerKind;
  /** `["train", "test"]` for an in-domain benchmark, `["test"]` for the others. */
  readonly splits: readonly Split[];
  /** Families and their shares of the questions; shares need not add up to 1. */
  readonly families: readonly { readonly family: QuestionFamily; readonly share: number }[];
}

/** Options of {@link drawTasks}. */
export interface DrawOptions {
  /** Must be one of the benchmark's. */
  readonly split: Split;
  /** Number of tasks wanted. */
  readonly count: number;
  /** Another seed draws other tasks. */
  readonly seed: string | number;
}

/** The share of keys that belong to the training split. */
const TRAIN_SHARE = 0.7;
const MAX_DRAWS_PER_TASK = 2000;

/**
 * The split that a key belongs to, for every benchmark and every seed alike.
 *
 * @param key what a question is about, such as a city's id or `"84,36"`
 */
export function splitOf(key: string): Split {
  return new Random(`split/${key}`).next() < TRAIN_SHARE ? "train" : "test";
}

/**
 * Draws a benchmark's tasks: a pure function of the benchmark, split, count and seed. A longer list
 * begins with the shorter one. The share of a family that has no unseen question left goes to the
 * others.
 *
 * @throws {RangeError} when the benchmark has no such split, the count is not a whole number from 0
 * up, or there are fewer questions than asked for
 */
export function drawTasks(benchmark: LabBenchmark, options: DrawOptions): Task[] {
  const { split, count, seed } = options;
  if (!benchmark.splits.includes(split)) {
    throw new RangeError(`Cannot draw ${benchmark.name}: it has no split "${split}"`);
  }
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`Cannot draw ${benchmark.name}: count is ${count}`);
  }
  const root = new Random(`${seed}/${benchmark.name}/${split}`);
  const seen = new Set<string>();
  const exhausted = new Set<QuestionFamily>();
  return Array.from({ length: count }, (_, index) => {
    const { family, draft } = drawFromMix(benchmark, root.fork(index), split, seen, exhausted);
    return {
      id: `${benchmark.name}-${split}-${String(index).padStart(5, "0")}`,
      benchmark: benchmark.name,
      split,
      kind: family.kind,
      question: draft.question,
      answer: draft.answer,
      ...(draft.aliases === undefined ? {} : { aliases: draft.aliases }),
      ...(draft.level === undefined ? {} : { level: draft.level }),
      type: family.name,
      ...(draft.evidence === undefined ? {} : { evidence: draft.evidence }),
    };
  });
}

/** A draft of a family drawn by share; families with nothing left are passed over from then on. */
function drawFromMix(
  benchmark: LabBenchmark,
  random: Random,
  split: Split,
  seen: Set<string>,
  exhausted: Set<QuestionFamily>,
): { family: QuestionFamily; draft: QuestionDraft } {
  while (true) {
    const left = benchmark.families.filter(({ family }) => !exhausted.has(family));
    if (left.length === 0) {
      throw new RangeError(`Cannot draw ${benchmark.name}: no unseen ${split} question is left`);
    }
    const family = pickFamily(left, random.fork(`family-${left.length}`));
    const draft = drawUnseen(family, random, split, seen);
    if (draft !== null) return { family, draft };
    exhausted.add(family);
  }
}

function pickFamily(families: LabBenchmark["families"], random: Random): QuestionFamily {
  const total = families.reduce((sum, { share }) => sum + share, 0);
  let rest = random.next() * total;
  for (const { family, share } of families) {
    rest -= share;
    if (rest < 0) return family;
  }
  return families[families.length - 1].family;
}

function drawUnseen(
  family: QuestionFamily,
  random: Random,
  split: Split,
  seen: Set<string>,
): QuestionDraft | null {
  for (let attempt = 0; attempt < MAX_DRAWS_PER_TASK; attempt++) {
    const draft = family.draw(random.fork(`draw-${attempt}`), split);
    if (draft === null || !draft.keys.every((key) => splitOf(key) === split)) continue;
    const identity = `${family.name}/${draft.keys.join("|")}/${draft.variant ?? ""}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    return draft;
  }
  return null;
}
