import type { Random } from "../../records/random.ts";
import type { Split } from "../question_family.ts";
import type { City } from "../world/world.ts";
import type { Entity } from "./attribute.ts";
import type { CityLimits } from "./entity_pool.ts";
import type { StartDraw } from "./factual_family.ts";
import type { FactualWorld } from "./factual_world.ts";

/** One city within the limits. */
export function oneCity({ pool }: FactualWorld, limits: CityLimits): StartDraw {
  return (random, split) => {
    const city = pool.city(random, split, limits);
    return city === null ? null : [asEntity(city)];
  };
}

/** Two different cities within the limits: of any countries, or of one country in half the draws. */
export function twoCities(
  { pool }: FactualWorld,
  limits: CityLimits,
  countries: "any" | "half the same" = "any",
): StartDraw {
  return (random: Random, split: Split) => {
    const first = pool.city(random, split, limits);
    if (first === null) return null;
    const same = countries === "half the same" && random.chance(0.5);
    const second = pool.city(random, split, {
      ...limits,
      ...(same ? { country: (country) => country === first.country } : {}),
    });
    return second === null || second === first ? null : [asEntity(first), asEntity(second)];
  };
}

/** The capital of a country, where it is in the pool. */
export function oneCapital({ pool }: FactualWorld): StartDraw {
  return (random, split) => {
    const capitals = pool.capitals(split);
    return capitals.length === 0 ? null : [asEntity(random.pick(capitals))];
  };
}

/** One country. */
export function oneCountry({ pool }: FactualWorld): StartDraw {
  return (random) => [{ kind: "country", country: random.pick(pool.countries) }];
}

/** Two different countries. */
export function twoCountries({ pool }: FactualWorld): StartDraw {
  return (random) => {
    const [a, b] = [random.pick(pool.countries), random.pick(pool.countries)];
    return a === b ? null : [{ kind: "country", country: a }, { kind: "country", country: b }];
  };
}

function asEntity(city: City): Entity {
  return { kind: "city", city };
}
