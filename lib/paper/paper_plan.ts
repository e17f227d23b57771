import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DistillOptions, profiles } from "../distill/distill_options.ts";
import { storedBaseFolder } from "../distill/stored_base.ts";
import { SIZES } from "../findings/finding_input.ts";
import type { StudentPreset } from "../student/config.ts";

/** How much is run: about half an hour, or two hours, on two cores. */
export type PaperProfile = "small" | "full";

/** What to do with a size that has no stored base model: leave it out, or train one in the run. */
export type MissingBase = "skip" | "train";

/** Settings of the paper in miniature, flat; its ablations follow from them. */
export interface PaperOptions {
  /** Sizes of the students. */
  readonly sizes: readonly StudentPreset[];
  /** One run of each kind a seed; verdicts need three. */
  readonly seeds: readonly number[];
  /** What to do with a size that has no stored base model. */
  readonly missingBase: MissingBase;
  /** Settings of every run that differ from the distillation's default profile. */
  readonly base: Partial<DistillOptions>;
  /** Size of the ablations' students. */
  readonly ablationSize: StudentPreset;
  /** Numbers of candidates besides the base's, for the curve of F3. */
  readonly sagSamples: readonly number[];
  /** Numbers of training tasks besides the base's, for F8. */
  readonly trainTasks: readonly number[];
  /** What the LoRA runs of F7 set; null for none. */
  readonly lora: Partial<DistillOptions> | null;
  /** Whether to vote on prints alone as well (F9). */
  readonly voteOnLogs: boolean;
  /** Whether to filter trajectories without a search as well (F10). */
  readonly mustRetrieve: boolean;
}

/** The systems that the findings compare. */
const SYSTEMS = "teacher-agent,cot-student,cot-rag-student,agent-student,agent-student-sag";

/** The profiles. What is left out in `small` is F7, F8, F9 and F10. */
export const paperProfiles: Readonly<Record<PaperProfile, PaperOptions>> = {
  small: {
    sizes: SIZES,
    seeds: [0, 1, 2],
    missingBase: "skip",
    base: { trainTasks: 250, testTasks: 16, systems: SYSTEMS, baseTexts: 6000 },
    ablationSize: "0.3M",
    sagSamples: [2],
    trainTasks: [],
    lora: null,
    voteOnLogs: false,
    mustRetrieve: false,
  },
  full: {
    sizes: SIZES,
    seeds: [0, 1, 2],
    missingBase: "skip",
    base: { trainTasks: 600, testTasks: 24, systems: SYSTEMS, baseTexts: 12_000 },
    ablationSize: "0.3M",
    sagSamples: [2, 4, 16],
    trainTasks: [150, 300, 1200],
    lora: { adaptation: "lora", learningRate: 5e-3 },
    voteOnLogs: true,
    mustRetrieve: true,
  },
};

/** A stage of the paper in miniature: runs that belong together. */
export interface PaperStage {
  /** Such as `first-thought prefix`. */
  readonly name: string;
  /** What its runs set, without the seed. */
  readonly cells: readonly Partial<DistillOptions>[];
}

/** What will be run. */
export interface PaperPlan {
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
 * @throws {RangeError} when no size is left or there is no seed
 *
 * @example
 * ```ts
 * import { paperPlan, paperProfiles } from "@potstill/paper/paper_plan.ts";
 * const { stages } = paperPlan(paperProfiles.small, () => true);
 * if (stages[0].cells.length !== 3) throw new Error("three sizes");
 * ```
 */
export function paperPlan(
  options: PaperOptions,
  isStored: (size: StudentPreset) => boolean = hasStoredBase,
): PaperPlan {
  const notes: string[] = [];
  const ready = new Map<StudentPreset, Partial<DistillOptions>>();
  const { baseTexts, ...base } = options.base;
  const wanted = base.base ?? "stored";
  for (const size of SIZES.filter((one) => options.sizes.includes(one))) {
    if (wanted === "trained") {
      ready.set(size, { studentSize: size, ...baseTexts === undefined ? {} : { baseTexts } });
    } else if (isStored(size)) ready.set(size, { studentSize: size });
    else if (options.missingBase === "train") {
      const trained = { base: "trained", ...baseTexts === undefined ? {} : { baseTexts } } as const;
      ready.set(size, { studentSize: size, ...trained });
      notes.push(
        `There is no stored base model of ${size}: each of its runs trained one on few texts, so ` +
          "this size is not comparable with the others.",
      );
    } else {
      notes.push(
        `There is no stored base model of ${size}: the size is left out ` +
          `(potstill base --size ${size} makes one).`,
      );
    }
  }
  const sizes = [...ready.keys()];
  if (sizes.length === 0) {
    throw new RangeError("Cannot plan the paper: none of its sizes has a stored base model");
  }
  if (options.seeds.length === 0) throw new RangeError("Cannot plan the paper: there is no seed");
  const size = ready.has(options.ablationSize) ? options.ablationSize : sizes[0];
  const ablation = (settings: Partial<DistillOptions>): Partial<DistillOptions> => ({
    ...ready.get(size),
    students: "agent",
    systems: "agent-student",
    ...settings,
  });
  const sagOnly = { systems: "agent-student-sag" };
  const { lora, sagSamples, trainTasks } = options;
  const stages: PaperStage[] = [
    { name: "sizes", cells: [...ready.values()] },
    { name: "first-thought prefix", cells: [ablation({ firstThoughtPrefix: true })] },
    {
      name: "candidates of sag",
      cells: sagSamples.map((samples) => ablation({ samples, ...sagOnly })),
    },
    { name: "LoRA", cells: lora === null ? [] : [ablation(lora)] },
    { name: "trajectories", cells: trainTasks.map((count) => ablation({ trainTasks: count })) },
    { name: "vote", cells: options.voteOnLogs ? [ablation({ voteOn: "logs", ...sagOnly })] : [] },
    {
      name: "must-retrieve filter",
      cells: options.mustRetrieve ? [ablation({ mustRetrieve: true })] : [],
    },
  ];
  return {
    stages: stages.filter(({ cells }) => cells.length > 0),
    reference: { ...profiles.default, ...base, ...ready.get(size) },
    notes,
  };
}

function hasStoredBase(size: StudentPreset): boolean {
  return existsSync(join(storedBaseFolder(size), "model.safetensors"));
}
