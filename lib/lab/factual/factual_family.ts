import type { Random } from "../../records/random.ts";
import type { Problem } from "../expert/skill.ts";
import type { QuestionDraft, QuestionFamily, Split } from "../question_family.ts";
import { Template } from "../template.ts";
import { inSentence, type World } from "../world/world.ts";
import { type AttributeName, ATTRIBUTES, type Entity } from "./attribute.ts";
import { cityKey, type EntityPool } from "./entity_pool.ts";
import type { FactualWorld } from "./factual_world.ts";
import { FactualProblem } from "./factual_problem.ts";
import { type Decision, solvePlan } from "./plan.ts";

/** Ways to ask for one sequence of hops. `{a}` is the first start and `{b}` the second. */
export interface Wording {
  /** Attributes to follow from each start, in order. */
  readonly hops: readonly AttributeName[];
  /** Way in which the answer follows from the last hop. */
  readonly decide: Decision;
  /** The questions' texts. */
  readonly texts: readonly string[];
}

/** Draws as many starts as the wording needs, or null when the draw came to nothing. */
export type StartDraw = (
  random: Random,
  split: Split,
  wording: Wording,
) => readonly Entity[] | null;

/** Parts of a factual family. */
export interface FactualFamilyOptions {
  /** Becomes the task's type. */
  readonly name: string;
  /** Each as likely to be drawn. */
  readonly wordings: readonly Wording[];
  /** Draws the starts. */
  readonly starts: StartDraw;
  /** True if an answer may be used. @default every answer */
  readonly accepts?: (answer: string, random: Random) => boolean;
  /** The task's level. */
  readonly level?: string;
}

/** A name in a question: words in capitals or joined by small ones, with "the" where it has one. */
const NAME = "(?:the )?\\p{Lu}[\\p{L}'’-]*(?: [\\p{L}'’-]+)*";

/** Makes a question family of wordings and a way to draw starts. */
export function factualFamily(shared: FactualWorld, options: FactualFamilyOptions): QuestionFamily {
  const { world, pool, memory } = shared;
  const compiled = options.wordings.map((wording) => ({
    wording,
    templates: wording.texts.map((text) => new Template(text, { a: NAME, b: NAME })),
  }));
  const recognise = (question: string): Problem | null => {
    const asked = question.trim();
    for (const { wording, templates } of compiled) {
      for (const template of templates) {
        const slots = template.match(asked);
        if (slots === null) continue;
        const starts = "b" in slots ? [slots.a, slots.b] : [slots.a];
        return new FactualProblem({ starts, hops: wording.hops, decide: wording.decide }, memory);
      }
    }
    return null;
  };
  const draw = (random: Random, split: Split): QuestionDraft | null => {
    const { wording, templates } = random.pick(compiled);
    const starts = options.starts(random, split, wording);
    if (starts === null) return null;
    const names = starts.map(nameOf);
    const plan = { starts: names, hops: wording.hops, decide: wording.decide };
    const solved = solvePlan(plan, starts, world);
    if (solved === null || options.accepts?.(solved.answer, random) === false) return null;
    if (!searchesFind(starts, wording, world, pool)) return null;
    return {
      question: random.pick(templates).render({ a: names[0], b: names[1] ?? "" }),
      answer: solved.answer,
      aliases: solved.aliases,
      evidence: solved.evidence,
      ...(options.level === undefined ? {} : { level: options.level }),
      keys: keysOf(starts, wording),
      variant: `${wording.hops.join(",")},${wording.decide}`,
    };
  };
  return {
    name: options.name,
    kind: "qa",
    draw,
    skill: { name: options.name, recognise },
  };
}

function nameOf(entity: Entity): string {
  return entity.kind === "city" ? entity.city.name : inSentence(entity.country.name);
}

/**
 * Cities are keys alone, so that no city is shared between the splits; countries are too few for that
 * and are keys together with what is asked of them.
 */
function keysOf(starts: readonly Entity[], wording: Wording): string[] {
  const cities = starts.flatMap((start) => start.kind === "city" ? [cityKey(start.city)] : []);
  const codes = starts.flatMap((start) => start.kind === "country" ? [start.country.code] : []);
  return codes.length === 0 ? cities : [
    ...cities,
    `country:${codes.sort().join(",")}:${wording.hops.join(",")}`,
  ];
}

/** Every city on the way, such as a capital, can be found by its name alone. */
function searchesFind(
  starts: readonly Entity[],
  wording: Wording,
  world: World,
  pool: EntityPool,
): boolean {
  return starts.every((start) => {
    let entity: Entity | null = start;
    for (const hop of wording.hops) {
      if (entity === null) return false;
      if (entity.kind === "city" && ATTRIBUTES[hop].of === "city" && entity !== start) {
        const { name } = entity.city;
        if (world.citiesNamed(name).length !== 1 || !pool.isFindable(name)) return false;
      }
      entity = ATTRIBUTES[hop].value(entity, world)?.entity ?? null;
    }
    return true;
  });
}
