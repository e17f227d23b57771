import { cityPassageId, countryPassageId } from "../corpus/lab_passages.ts";
import type { City, Country, World } from "../world/world.ts";
import { inSentence } from "../world/world.ts";

/** Attribute that a question can ask of a city or a country. */
export type AttributeName =
  | "country"
  | "population"
  | "latitude"
  | "capital"
  | "region"
  | "neighbour"
  | "currency"
  | "language"
  | "area"
  | "callingCode"
  | "domain";

/** A city or a country of the world. */
export type Entity =
  | { readonly kind: "city"; readonly city: City }
  | { readonly kind: "country"; readonly country: Country };

/** The value of an attribute, with what is needed to go on from it and to grade it. */
export interface AttributeValue {
  /** As passages print it. */
  readonly text: string;
  /** Other texts that mean the same. */
  readonly aliases: readonly string[];
  /** Id of the passage that states it. */
  readonly passageId: string;
  /** The entity that the value names, or null when it is no entity. */
  readonly entity: Entity | null;
}

/**
 * An attribute: the expert's query for it, the reading of it from a passage's facts, and the words
 * for it. Benchmarks share these, so that what a student learns of a hop carries over.
 */
export interface Attribute {
  /** Unique name. */
  readonly name: AttributeName;
  /** Kind of subject that has this attribute. */
  readonly of: "city" | "country";
  /** The slot of the passages that holds it; see `corpus/passage_topics.ts`. */
  readonly fact: string;
  /** Noun in a thought: `country` in "the country of Kutaisi" and "its country". */
  readonly noun: string;
  /** The search for it; `{x}` is the subject. */
  readonly query: string;
  /** A second way to search. */
  readonly otherQuery: string;
  /** Sentences with `{x}` and `{v}`, as thoughts state the fact. */
  readonly statements: readonly string[];
  /** Its value for a subject, or null when there is none or more than one. */
  value(entity: Entity, world: World): AttributeValue | null;
}

const CITY_PASSAGE = { of: "city", query: "{x}" } as const;

/** Every attribute by name. */
export const ATTRIBUTES: Readonly<Record<AttributeName, Attribute>> = {
  country: {
    ...CITY_PASSAGE,
    name: "country",
    fact: "country",
    noun: "country",
    otherQuery: "{x} city country",
    statements: ["{x} lies in {v}.", "{x} is in {v}.", "The country of {x} is {v}."],
    value: ofCity((city) => ({
      ...plain(inSentence(city.country.name)),
      aliases: [city.country.name, ...city.country.otherNames],
      entity: { kind: "country", country: city.country },
    })),
  },
  population: {
    ...CITY_PASSAGE,
    name: "population",
    fact: "population",
    noun: "population",
    otherQuery: "{x} population inhabitants",
    statements: ["{x} has {v} inhabitants.", "The population of {x} is {v}."],
    value: ofCity((city) =>
      city.population > 0 ? plain(String(city.population), [grouped(city.population)]) : null
    ),
  },
  latitude: {
    ...CITY_PASSAGE,
    name: "latitude",
    fact: "latitude",
    noun: "latitude",
    otherQuery: "{x} latitude longitude",
    statements: ["{x} is at latitude {v}.", "The latitude of {x} is {v}."],
    value: ofCity((city) => plain(String(city.latitude))),
  },
  capital: ofCountry("capital", "capital", {
    noun: "capital",
    statements: ["The capital of {x} is {v}.", "{v} is the capital of {x}."],
    value: (country, world) => {
      const city = world.capitalCity(country);
      if (country.capitals.length !== 1) return null;
      return {
        ...plain(country.capitals[0]),
        // A search goes by the name as printed.
        entity: city?.name === country.capitals[0] ? { kind: "city", city } : null,
      };
    },
  }),
  region: ofCountry("region", "capital", {
    noun: "region",
    fact: "subregion",
    statements: ["{x} lies in {v}.", "The region of {x} is {v}."],
    value: (country) => country.subregion === null ? null : plain(country.subregion),
  }),
  neighbour: ofCountry("neighbour", "borders", {
    noun: "only neighbour",
    query: "borders of {x}",
    otherQuery: "{x} neighbours",
    statements: ["{x} borders only {v}.", "The only neighbour of {x} is {v}."],
    value: (country, world) => {
      if (country.borders.length !== 1) return null;
      const neighbour = world.country(country.borders[0]);
      if (neighbour === null) return null;
      return {
        ...plain(inSentence(neighbour.name)),
        aliases: [neighbour.name, ...neighbour.otherNames],
        entity: { kind: "country", country: neighbour },
      };
    },
  }),
  currency: ofCountry("currency", "currency", {
    noun: "currency",
    statements: ["The currency of {x} is the {v}.", "{x} uses the {v}."],
    value: (country) =>
      country.currencies.length === 1 ? plain(country.currencies[0], country.currencyCodes) : null,
  }),
  language: ofCountry("language", "currency", {
    noun: "language",
    statements: ["The language of {x} is {v}.", "People in {x} speak {v}."],
    value: (country) => country.languages.length === 1 ? plain(country.languages[0]) : null,
  }),
  area: ofCountry("area", "area", {
    noun: "area",
    statements: ["The area of {x} is {v}.", "{x} covers {v} square kilometres."],
    value: (country) =>
      country.areaKm2 === null ? null : plain(String(country.areaKm2), [
        grouped(country.areaKm2),
        `${country.areaKm2} square kilometres`,
      ]),
  }),
  callingCode: ofCountry("callingCode", "area", {
    noun: "calling code",
    statements: ["The calling code of {x} is {v}.", "{x} has the calling code {v}."],
    value: (country) =>
      country.callingCode === null
        ? null
        : plain(country.callingCode, [country.callingCode.slice(1)]),
  }),
  domain: ofCountry("domain", "area", {
    noun: "top-level domain",
    statements: ["The top-level domain of {x} is {v}.", "{x} has the top-level domain {v}."],
    value: (country) =>
      country.topLevelDomain === null
        ? null
        : plain(country.topLevelDomain, [country.topLevelDomain.slice(1)]),
  }),
};

type OwnValue = Omit<AttributeValue, "passageId">;

function plain(text: string, aliases: readonly string[] = []): OwnValue {
  return { text, aliases, entity: null };
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function ofCity(read: (city: City) => OwnValue | null): Attribute["value"] {
  return (entity) => {
    if (entity.kind !== "city") return null;
    const value = read(entity.city);
    return value === null ? null : { ...value, passageId: cityPassageId(entity.city) };
  };
}

function ofCountry(
  name: AttributeName,
  topic: "capital" | "borders" | "currency" | "area",
  rest: {
    readonly noun: string;
    readonly fact?: string;
    readonly query?: string;
    readonly otherQuery?: string;
    readonly statements: readonly string[];
    readonly value: (country: Country, world: World) => OwnValue | null;
  },
): Attribute {
  return {
    name,
    of: "country",
    fact: rest.fact ?? name,
    noun: rest.noun,
    query: rest.query ?? `${rest.noun} of {x}`,
    otherQuery: rest.otherQuery ?? `{x} ${rest.noun}`,
    statements: rest.statements,
    value: (entity, world) => {
      if (entity.kind !== "country") return null;
      const value = rest.value(entity.country, world);
      return value === null
        ? null
        : { ...value, passageId: countryPassageId(entity.country, topic) };
    },
  };
}
