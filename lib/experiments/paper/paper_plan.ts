import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DistillOptions, profiles } from "../distill/distill_options.ts";
import { parseThen, THEN_OPTIONS, type ThenOptions } from "../distill/then_options.ts";
import { isScored } from "../improve/improve_options.ts";
import { storedBaseFolder } from "../../student/stored_base.ts";
import { type StudentPreset, studentPresets } from "../../student/student_presets.ts";
import type { PaperOptions } from "./paper_profiles.ts";

/** A stage of the paper in miniature: runs that belong together. */
export interface PaperStage {
  /** Such as `first-thought prefix`. */
  readonly name: string;
  /** The settings of its runs, without the seed. */
  readonly cells: readonly Partial<DistillOptions>[];
}

const PREFIX_STAGE = "first-thought prefix";

/** The runs of a plan. */
export interface PaperPlan {
  /** The settings that all runs have in common. */
  readonly base: Partial<DistillOptions>;
  /** In order; the runs of all stages share what they have in common. */
  readonly stages: readonly PaperStage[];
  /** The settings that the ablations differ from. */
  readonly reference: DistillOptions;
  /** Sizes that are left out, and the like, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The runs that the findings need.
 *
 * @param isStored whether there is a stored base model of a size. @default looks into `data/base/`
 * @throws {RangeError} when no size is left, there is no seed, a model has nothing to learn, or there is no
 * stage of a name
 *
 * @example
 * ```ts
 * import { paperPlan } from "@potstill/experiments/paper/paper_plan.ts";
 * import { paperProfiles } from "@potstill/experiments/paper/paper_profiles.ts";
 * const { stages } = paperPlan(paperProfiles.small, () => true);
 * if (stages[0].cells.length !== 3) throw new Error("three sizes");
 * ```
 */
export function paperPlan(
  options: PaperOptions,
  isStored: (size: StudentPreset) => boolean = hasStoredBase,
): PaperPlan {
  const notes: string[] = [];
  const ready = new Map<string, Partial<DistillOptions>>();
  const { baseTexts, ...given } = options.base;
  const { base, going } = partedThen(given, Object.values(options.ablations));
  const wanted = base.base ?? "stored";
  for (const size of studentPresets.filter((one) => options.sizes.includes(one))) {
    const own: Partial<DistillOptions> = options.withoutRag.includes(size)
      ? { student: size, students: "agent-and-cot", ...withoutRagSystems(base) }
      : { student: size };
    if (wanted === "trained") {
      ready.set(size, { ...own, ...baseTexts === undefined ? {} : { baseTexts } });
    } else if (isStored(size)) ready.set(size, own);
    else if (options.missingBase === "train") {
      const trained = { base: "trained", ...baseTexts === undefined ? {} : { baseTexts } } as const;
      ready.set(size, { ...own, ...trained });
      notes.push(
        `There is no stored base model of ${size}: each of its runs trained one on few texts, so ` +
          "this size is not comparable with the others.",
      );
    } else {
      notes.push(
        `There is no stored base model of ${size}: the size is left out ` +
          `(deno task potstill base --size ${size} makes one).`,
      );
    }
  }
  const withoutRag = options.withoutRag.filter((size) => ready.has(size));
  for (const student of options.students) ready.set(student, { student });
  const sizes = [...ready.keys()];
  if (withoutRag.length > 0) {
    notes.push(`To save time there is no CoT + RAG student of ${withoutRag.join(" and ")}.`);
  }
  if (sizes.length === 0) {
    throw new RangeError(
      options.sizes.length === 0
        ? "Cannot plan the paper: it has no student; name models (students, --student) or sizes"
        : "Cannot plan the paper: none of its sizes has a stored base model",
    );
  }
  const unset = base.teacher === "annotations"
    ? (["train", "test", "search"] as const).filter((name) => base[name] === undefined)
    : [];
  if (unset.length > 0) {
    throw new RangeError(
      `Cannot plan the paper: the teacher is annotations, and ${unset.join(", ")} ${
        unset.length === 1 ? "is" : "are"
      } not set (--set train=FILE:N,FILE:N --set test=FILE:N --set search=INDEX)`,
    );
  }
  if (options.seeds.length === 0) throw new RangeError("Cannot plan the paper: there is no seed");
  const size = ready.has(options.ablationSize) ? options.ablationSize : sizes[0];
  const ablation = (settings: Partial<DistillOptions>): Partial<DistillOptions> => ({
    ...ready.get(size),
    students: "agent",
    systems: "agent-student",
    ...settings,
  });
  const { sagSamples, trainTasks, taught, taughtBy, ablations } = options;
  const all: PaperStage[] = [
    { name: "sizes", cells: [...ready.values()] },
    {
      name: PREFIX_STAGE,
      cells: taught === null
        ? []
        : taughtBy.flatMap((teacher) =>
          [false, true].map((firstThoughtPrefix) =>
            ablation({ ...taught, teacher, firstThoughtPrefix })
          )
        ),
    },
    {
      name: "candidates of sag",
      cells: sagSamples.map((candidates) => ablation({ candidates, systems: "agent-student-sag" })),
    },
    { name: "trajectories", cells: trainTasks.map((count) => ablation({ trainTasks: count })) },
    ...Object.entries(ablations).map(([name, settings]) => ({
      name,
      cells: [ablation({ ...settings, ...goingOnWith(settings, going) })],
    })),
  ];
  const whole = all.filter(({ cells }) => cells.length > 0);
  const stages = chosenStages(whole, options.stages);
  checkTeachers(taughtBy, stages);
  if (stages.length < whole.length) {
    notes.push(`Of its stages this run has only ${stages.map(({ name }) => name).join(", ")}.`);
  }
  return {
    base,
    stages,
    reference: { ...profiles.default, ...base, ...ready.get(size), students: "all" },
    notes,
  };
}

/** The named systems but for that of the CoT + RAG student. */
function withoutRagSystems({ systems }: Partial<DistillOptions>): Partial<DistillOptions> {
  if (systems === undefined || systems === "all") return {};
  const slugs = systems.split(",").map((slug) => slug.trim());
  return { systems: slugs.filter((slug) => slug !== "cot-rag-student").join(",") };
}

/** Teachers that are named must be asked, and be models. */
function checkTeachers(taughtBy: readonly string[], stages: readonly PaperStage[]): void {
  const wrong = taughtBy.find((name) => ["", "expert", "annotations"].includes(name));
  if (wrong !== undefined || taughtBy.length === 0) {
    throw new RangeError(
      `Cannot plan the paper: taughtBy has ${
        JSON.stringify(wrong ?? "")
      }, which is no trained teacher`,
    );
  }
  const isDefault = taughtBy.join() === "stored";
  if (!isDefault && !stages.some(({ name }) => name === PREFIX_STAGE)) {
    throw new RangeError(
      `Cannot plan the paper: taughtBy names ${
        taughtBy.join(", ")
      }, and there is no stage "${PREFIX_STAGE}"`,
    );
  }
}

function chosenStages(
  all: readonly PaperStage[],
  names: readonly string[] | null,
): readonly PaperStage[] {
  if (names === null) return all;
  const unknown = names.find((name) => !all.some((stage) => stage.name === name));
  if (unknown !== undefined || names.length === 0) {
    throw new RangeError(
      `Cannot plan the paper: it has no stage ${JSON.stringify(unknown ?? "")}, only ${
        all.map(({ name }) => name).join(", ")
      }`,
    );
  }
  return all.filter(({ name }) => names.includes(name));
}

/** Settings of students that go on, apart from the others where it is ablations alone that go on. */
function partedThen(
  given: Partial<DistillOptions>,
  ablations: readonly Partial<DistillOptions>[],
): { readonly base: Partial<DistillOptions>; readonly going: Partial<ThenOptions> } {
  const someGoOn = ablations.some(({ then }) => (then ?? null) !== null);
  // Where nobody goes on they stay with the others, and are refused.
  if (given.then !== undefined || !someGoOn) return { base: given, going: {} };
  const isThen = ([name]: readonly [string, unknown]) => name in THEN_OPTIONS;
  const entries = Object.entries(given);
  return {
    base: Object.fromEntries(entries.filter((entry) => !isThen(entry))),
    going: Object.fromEntries(entries.filter(isThen)),
  };
}

/** What of these settings is for an ablation: nothing where its student does not go on. */
function goingOnWith(
  { then }: Partial<DistillOptions>,
  { thenTeacher, ...others }: Partial<ThenOptions>,
): Partial<ThenOptions> {
  if (then === undefined || then === null) return {};
  const isTaught = thenTeacher !== undefined && isScored(parseThen(then).method);
  return { ...others, ...isTaught && { thenTeacher } };
}

function hasStoredBase(size: StudentPreset): boolean {
  return existsSync(join(storedBaseFolder(size), "model.safetensors"));
}
