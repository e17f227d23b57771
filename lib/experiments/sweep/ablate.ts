import { studentOf, type SystemSlug } from "../distill/system_facts.ts";
import { type DistillOptions, type ProfileName, profiles } from "../distill/distill_options.ts";
import { MIN_SEEDS } from "../findings/finding.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { canonicalJson } from "../../runs/canonical_json.ts";
import { ablateSystem, type AblateSystemRequest, type SystemOption } from "./ablate_system.ts";
import { type Ablation, ablationOf } from "./ablation.ts";
import { sweep } from "./sweep.ts";

/** Options and settings of an ablation. */
export interface AblateRequest<Name extends keyof DistillOptions> {
  /** The option that is varied. */
  readonly option: Name;
  /**
   * Its values; the first is what the others are compared with. A value that needs other options as
   * well, such as LoRA a learning rate of its own, is an object of options.
   */
  readonly values: readonly (DistillOptions[Name] | Partial<DistillOptions>)[];
  /** Number of seeds, from 0 on, or the seeds themselves. @default 3, the fewest that decide anything */
  readonly seeds?: number | readonly number[];
  /** The settings that all runs begin with. @default "default" */
  readonly profile?: ProfileName;
  /** Settings of every run that differ from the profile's. @default none */
  readonly base?: Partial<DistillOptions>;
  /** The system that is compared. @default "agent-student" */
  readonly system?: SystemSlug;
  /** Only these benchmarks. @default all that the runs were tested on */
  readonly benchmarks?: readonly string[];
  /** Folder of the runs. @default a new folder in `data/runs/` */
  readonly out?: string;
  /** Go on with the runs in the folder. @default false */
  readonly resume?: boolean;
  /** Folders of other sweeps whose stages are taken over where they would be the same. @default none */
  readonly reuse?: readonly string[];
  /** Told of each run's stages, and of the time left. */
  readonly progress: Progress;
  /** Stops the runs, which can then be resumed, when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Stops them at once. @default `signal` */
  readonly abortSignal?: AbortSignal;
}

/**
 * Distils with each value of one option under several seeds, and says what the option changes: the
 * accuracy of each value, its difference from the first with an interval over tasks and seeds, and a
 * verdict. Stages that runs have in common are made once.
 *
 * @throws {RangeError} naming an option, a value or a seed that is at fault, before anything is run
 * @throws {Error} naming the run that cannot be finished
 *
 * @example
 * ```ts
 * import { ablate, type Ablation, openProgress } from "@potstill";
 * export const adaptation = (): Promise<Ablation> =>
 *   ablate({
 *     option: "adaptation",
 *     values: ["full", { adaptation: "lora", learningRate: 5e-3 }],
 *     seeds: 3,
 *     base: { students: "agent" },
 *     progress: openProgress(),
 *   });
 * ```
 */
export function ablate<Name extends keyof DistillOptions>(
  request: AblateRequest<Name>,
): Promise<Ablation>;
/**
 * Evaluates one finished model with each value of one option, as {@link ablateSystem} does; nothing is
 * trained.
 */
export function ablate<Name extends SystemOption>(
  request: AblateSystemRequest<Name>,
): Promise<Ablation>;
export function ablate(
  request: AblateRequest<keyof DistillOptions> | AblateSystemRequest<SystemOption>,
): Promise<Ablation> {
  return "student" in request || "teacher" in request
    ? ablateSystem(request)
    : ablateDistillation(request as AblateRequest<keyof DistillOptions>);
}

async function ablateDistillation<Name extends keyof DistillOptions>(
  request: AblateRequest<Name>,
): Promise<Ablation> {
  const { option, values, profile = "default", base = {}, system = "agent-student" } = request;
  const seeds = seedsOf(request.seeds ?? MIN_SEEDS);
  const overrides = values.map((value) => overridesOf(option, value));
  checkRequest(request, overrides);
  const reference: DistillOptions = { ...profiles[profile], ...base };
  const { path, cells } = await sweep({
    profile,
    base: {
      ...(studentOf(system) === "agent" ? { students: "agent" } : {}),
      ...base,
      systems: systemsOf(reference, system),
    },
    over: { seed: seeds },
    cells: overrides,
    out: request.out,
    resume: request.resume,
    reuse: request.reuse,
    progress: request.progress,
    signal: request.signal,
    abortSignal: request.abortSignal,
  });
  return await ablationOf({
    path,
    cells,
    option,
    overrides,
    reference,
    seeds,
    system,
    benchmarks: request.benchmarks,
  });
}

function seedsOf(seeds: number | readonly number[]): readonly number[] {
  const list = typeof seeds === "number" ? Array.from({ length: seeds }, (_, i) => i) : seeds;
  if (list.length === 0 || new Set(list).size !== list.length) {
    throw new RangeError(`Cannot ablate: seeds must be 1 or more, all different, not [${list}]`);
  }
  return list;
}

function overridesOf<Name extends keyof DistillOptions>(
  option: Name,
  value: DistillOptions[Name] | Partial<DistillOptions>,
): Partial<DistillOptions> {
  return typeof value === "object" && value !== null ? value : { [option]: value };
}

function checkRequest<Name extends keyof DistillOptions>(
  { option, base = {} }: AblateRequest<Name>,
  overrides: readonly Partial<DistillOptions>[],
): void {
  if (!(option in profiles.default)) {
    throw new RangeError(
      `Cannot ablate ${option}: the options are ${Object.keys(profiles.default).join(", ")}`,
    );
  }
  if (option === "systems") {
    throw new RangeError("Cannot ablate systems: name the one that is compared with system");
  }
  if (option === "seed" || overrides.some((override) => "seed" in override)) {
    throw new RangeError("Cannot ablate seed: every value is run with the same seeds");
  }
  const without = overrides.find((override) => !(option in override));
  if (without !== undefined) {
    throw new RangeError(
      `Cannot ablate ${option}: the value ${JSON.stringify(without)} does not set it`,
    );
  }
  const values = overrides.map((override) => canonicalJson(override[option] ?? null));
  if (values.length < 2 || new Set(values).size !== values.length) {
    throw new RangeError(
      `Cannot ablate ${option}: it needs two or more different values, not ${values.join(", ")}`,
    );
  }
  if (option in base) {
    throw new RangeError(`Cannot ablate ${option}: base sets it already, to ${base[option]}`);
  }
}

/** The systems that are asked for, with the one that is compared among them. */
function systemsOf({ systems }: DistillOptions, system: SystemSlug): string {
  if (systems === "all") return system;
  return systems.split(",").includes(system) ? systems : `${systems},${system}`;
}
