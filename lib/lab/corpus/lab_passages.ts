import { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";
import { Template } from "../template.ts";
import { type City, type Country, inSentence, type World } from "../world/world.ts";
import { CITY_TOPIC, COUNTRY_TOPICS, type PassageTopic } from "./passage_topics.ts";

/** Values of a passage's slots; a slot without a value is absent. */
type Values = Readonly<Record<string, string | number>>;

/**
 * The lab's corpus: one short passage per city and up to four a country, in a fixed order. The wording
 * of each passage is chosen by its id and the seed.
 *
 * @param seed @default 0
 *
 * @example
 * ```ts
 * import { loadWorld } from "@potstill";
 * import { labPassages } from "@potstill/evaluation";
 * for (const passage of labPassages(loadWorld())) {
 *   if (passage.id !== "country-AW-capital") throw new Error(passage.id);
 *   break;
 * }
 * ```
 */
export function* labPassages(world: World, seed: string | number = 0): Generator<Passage> {
  for (const country of world.countries) {
    const values = countryValues(country);
    for (const topic of COUNTRY_TOPICS) {
      const passage = writePassage(topic, values, countryPassageId(country, topic.name), seed);
      if (passage !== null) yield passage;
    }
  }
  for (const city of world.cities) {
    const passage = writePassage(CITY_TOPIC, cityValues(city), cityPassageId(city), seed);
    if (passage !== null) yield passage;
  }
}

/** The id of the passage about a city. */
export function cityPassageId(city: City): string {
  return `city-${city.id}`;
}

/** The id of a country's passage on one topic. */
export function countryPassageId(country: Country, topic: PassageTopic["name"]): string {
  return `country-${country.code}-${topic}`;
}

function writePassage(
  topic: PassageTopic,
  values: Values,
  id: string,
  seed: string | number,
): Passage | null {
  const random = new Random(`corpus/${seed}/${id}`);
  const sentences = topic.groups.flatMap((group) => {
    const possible = group.filter((sentence) => {
      if (typeof sentence !== "string" && sentence.without.some((slot) => slot in values)) {
        return false;
      }
      return slotsOf(sentence).every((slot) => slot in values);
    });
    return possible.length === 0 ? [] : [templateOf(random.pick(possible)).render(values)];
  });
  if (sentences.length === 0) return null;
  const title = topic.title.render(
    "city" in values ? values : { country: values.name },
  );
  return { id, title, text: sentences.map(capitalised).join(" ") };
}

const templates = new Map<string, Template>();

function templateOf(sentence: PassageTopic["groups"][number][number]): Template {
  const text = typeof sentence === "string" ? sentence : sentence.text;
  let template = templates.get(text);
  if (template === undefined) templates.set(text, template = new Template(text));
  return template;
}

function slotsOf(sentence: PassageTopic["groups"][number][number]): string[] {
  const text = typeof sentence === "string" ? sentence : sentence.text;
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
}

function cityValues(city: City): Values {
  return {
    city: city.name,
    country: inSentence(city.country.name),
    kind: kindOf(city),
    latitude: city.latitude,
    longitude: city.longitude,
    ...(city.population > 0 ? { population: city.population } : {}),
  };
}

function kindOf(city: City): string {
  if (city.rank === "capital") return "the capital of";
  if (city.rank === "provincial centre") return "a provincial centre in";
  if (city.population >= 50_000) return "a city in";
  return city.population >= 5_000 ? "a town in" : "a small town in";
}

function countryValues(country: Country): Values {
  return withoutNulls({
    name: country.name,
    country: inSentence(country.name),
    ...oneOrMore("capital", "capitals", country.capitals),
    subregion: country.subregion,
    region: country.region,
    ...oneOrMore("neighbour", "neighbours", country.borders.map(inSentence)),
    borderCount: country.borders.length > 1 ? country.borders.length : null,
    ...oneOrMore("currency", "currencies", country.currencies),
    ...oneOrMore("language", "languages", country.languages),
    area: country.areaKm2,
    callingCode: country.callingCode,
    domain: country.topLevelDomain,
  });
}

function oneOrMore(one: string, more: string, items: readonly string[]): Values {
  if (items.length === 0) return {};
  if (items.length === 1) return { [one]: items[0] };
  return { [more]: `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}` };
}

function withoutNulls(values: Readonly<Record<string, string | number | null>>): Values {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
}

function capitalised(sentence: string): string {
  return sentence[0].toUpperCase() + sentence.slice(1);
}
