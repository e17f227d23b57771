import { Random } from "../../records/random.ts";
import { type City, type Country, foldName, inSentence, type World } from "../world/world.ts";
import { type AttributeName, ATTRIBUTES, type Entity } from "./attribute.ts";

/**
 * The chance of knowing a country's attribute. Exact numbers are rarely known.
 */
const COUNTRY_KNOWN: Readonly<Partial<Record<AttributeName, number>>> = {
  capital: 0.95,
  region: 0.9,
  neighbour: 0.9,
  currency: 0.92,
  language: 0.95,
  area: 0.4,
  callingCode: 0.75,
  domain: 0.85,
};

/**
 * A language model's imitated memory of the world: good on countries and big cities, poor on small
 * ones, and confident either way. A fact is misremembered in the same way each time: it depends on
 * the seed, the subject and the attribute alone.
 */
export class Memory {
  readonly #world: World;
  readonly #seed: string | number;

  /**
   * A memory of the world.
   *
   * @param seed @default 0
   */
  constructor(world: World, seed: string | number = 0) {
    this.#world = world;
    this.#seed = seed;
  }

  /** Remembered value of the subject's attribute: always some text, right or wrong. */
  recall(subject: string, name: AttributeName): string {
    const attribute = ATTRIBUTES[name];
    const random = new Random(`memory/${this.#seed}/${foldName(subject)}/${name}`);
    const entity = this.#entity(subject, attribute.of);
    if (entity === null) return this.#somebodyElses(name, null, random);
    const right = attribute.value(entity, this.#world)?.text ?? null;
    if (right !== null && random.chance(knownRate(entity, name))) return right;
    const vague = right !== null && /^-?\d+(\.\d+)?$/.test(right);
    return vague
      ? roughly(right, name, entity, random)
      : this.#somebodyElses(name, countryOf(entity), random);
  }

  #entity(subject: string, kind: Entity["kind"]): Entity | null {
    if (kind === "country") {
      const country = this.#world.country(subject);
      return country === null ? null : { kind, country };
    }
    const cities = this.#world.citiesNamed(subject);
    if (cities.length === 0) return null;
    return { kind, city: cities.reduce((a, b) => a.population >= b.population ? a : b) };
  }

  /** The attribute's value for another country, near the right one where there is one. */
  #somebodyElses(name: AttributeName, near: Country | null, random: Random): string {
    const others = this.#world.countries.filter((country) =>
      country !== near && (near === null || country.region === near.region)
    );
    for (const country of random.shuffle(others)) {
      if (name === "country") return inSentence(country.name);
      const value = ATTRIBUTES[name].value({ kind: "country", country }, this.#world);
      if (value !== null) return value.text;
    }
    return "unknown";
  }
}

function countryOf(entity: Entity): Country {
  return entity.kind === "city" ? entity.city.country : entity.country;
}

/** 0 for a place of 1,000 inhabitants or fewer, 1 for a million or more. */
function fame(city: City): number {
  const magnitude = Math.log10(Math.max(1000, city.population)) - 3;
  return Math.min(1, magnitude / 3);
}

function knownRate(entity: Entity, name: AttributeName): number {
  if (entity.kind === "country") return COUNTRY_KNOWN[name] ?? 0;
  const known = fame(entity.city);
  return name === "country" ? 0.15 + 0.8 * known : 0.02 + 0.3 * known ** 2;
}

/** A number of the right magnitude, as of a figure that is half remembered. */
function roughly(right: string, name: AttributeName, entity: Entity, random: Random): string {
  const blur = entity.kind === "city" ? 1.2 - 0.9 * fame(entity.city) : 0.5;
  if (name === "latitude") return (Number(right) + 12 * blur * random.normal()).toFixed(1);
  return String(Math.round(Number(right) * Math.exp(blur * random.normal())));
}
