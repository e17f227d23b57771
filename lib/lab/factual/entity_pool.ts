import type { Random } from "../../records/random.ts";
import { type Split, splitOf } from "../question_family.ts";
import { type City, type Country, foldName, type World } from "../world/world.ts";

/** Latin letters in one to four words: what a small tokenizer can copy. */
const PLAIN_NAME = /^[A-Z][A-Za-z]+(?:[ '-][A-Za-z]+){0,3}$/;
const MAX_NAME_LENGTH = 24;
/** More cities than this whose names hold all words of a name make a search for it uncertain. */
const MAX_NAMES_HOLDING = 3;

/** Population limits of {@link EntityPool.city}, both included. */
export interface CityLimits {
  /** Inhabitants at least. @default 0 */
  readonly minPopulation?: number;
  /** Inhabitants at most. @default Infinity */
  readonly maxPopulation?: number;
  /** True if a country's cities may be drawn. @default every country's */
  readonly country?: (country: Country) => boolean;
}

/**
 * The cities and countries that questions may name: their names are unambiguous, findable and
 * plain. Cities are split into train and test by id.
 */
export class EntityPool {
  /** Countries with plain names, and no "and" that could be taken for two names. */
  readonly countries: readonly Country[];
  readonly #cities: Readonly<Record<Split, readonly City[]>>;
  readonly #capitals: Readonly<Record<Split, readonly City[]>>;
  readonly #byLimits = new Map<string, ReadonlyMap<Country, readonly City[]>>();
  readonly #findable: (name: string) => boolean;

  /** Takes the askable part of the world. */
  constructor(world: World) {
    this.#findable = findableNames(world);
    const plainCountries = world.countries.filter((country) =>
      PLAIN_NAME.test(country.name) && country.name.length <= MAX_NAME_LENGTH
    );
    this.countries = plainCountries.filter((country) => !/ and /.test(country.name));
    const plain = new Set(plainCountries);
    const countryNames = new Set(world.countries.map((country) => foldName(country.name)));
    const cities = world.cities.filter((city) =>
      city.population >= 1000 && plain.has(city.country) && isPlain(city.name) &&
      !countryNames.has(foldName(city.name)) && this.isFindable(city.name) &&
      world.citiesNamed(city.name).length === 1
    );
    this.#cities = {
      train: cities.filter((city) => splitOf(cityKey(city)) === "train"),
      test: cities.filter((city) => splitOf(cityKey(city)) === "test"),
    };
    const isCapital = (city: City) => world.capitalCity(city.country) === city;
    this.#capitals = {
      train: this.#cities.train.filter(isCapital),
      test: this.#cities.test.filter(isCapital),
    };
  }

  /** The split's cities that are capitals of their countries. */
  capitals(split: Split): readonly City[] {
    return this.#capitals[split];
  }

  /** True if a search for the name alone finds its passage. */
  isFindable(name: string): boolean {
    return this.#findable(name);
  }

  /**
   * A random city of the split. Countries with many cities are drawn more often, but only as the
   * square root of their number.
   *
   * @returns null when no city is within the limits
   */
  city(random: Random, split: Split, limits: CityLimits = {}): City | null {
    const byCountry = this.#within(split, limits);
    const countries = [...byCountry.keys()].filter(limits.country ?? (() => true));
    const weights = countries.map((country) => Math.sqrt(byCountry.get(country)!.length));
    let rest = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, country] of countries.entries()) {
      rest -= weights[i];
      if (rest < 0) return random.pick(byCountry.get(country)!);
    }
    return null;
  }

  #within(split: Split, limits: CityLimits): ReadonlyMap<Country, readonly City[]> {
    const { minPopulation = 0, maxPopulation = Infinity } = limits;
    const key = `${split}/${minPopulation}/${maxPopulation}`;
    let found = this.#byLimits.get(key);
    if (found === undefined) {
      found = Map.groupBy(
        this.#cities[split].filter((city) =>
          city.population >= minPopulation && city.population <= maxPopulation
        ),
        (city) => city.country,
      );
      this.#byLimits.set(key, found);
    }
    return found;
  }
}

/** Key of a question about the city; see `splitOf`. */
export function cityKey(city: City): string {
  return `city:${city.id}`;
}

function isPlain(name: string): boolean {
  return PLAIN_NAME.test(name) && name.length >= 4 && name.length <= MAX_NAME_LENGTH;
}

/**
 * Few cities hold all words of the name that are not in every other passage, and those words are not
 * all words of country passages.
 */
function findableNames(world: World): (name: string) => boolean {
  const holders = new Map<string, number[]>();
  for (const [index, city] of world.cities.entries()) {
    for (const word of words(city.name)) {
      const list = holders.get(word);
      if (list === undefined) holders.set(word, [index]);
      else list.push(index);
    }
  }
  const common = new Set(
    world.countries.flatMap((country) => [
      country.name,
      country.subregion ?? "",
      ...country.languages,
      ...country.currencies,
    ]).flatMap(words),
  );
  return (name) => {
    const own = words(name).filter((word) => !PASSAGE_WORDS.has(word));
    if (own.length === 0 || own.every((word) => common.has(word))) return false;
    const lists = own.map((word) => holders.get(word) ?? []);
    const rarest = lists.reduce((a, b) => a.length <= b.length ? a : b);
    const others = lists.filter((list) => list !== rarest).map((list) => new Set(list));
    const holding = rarest.filter((index) => others.every((set) => set.has(index)));
    return holding.length <= MAX_NAMES_HOLDING;
  };
}

/** Words of the passages' sentences. */
const PASSAGE_WORDS: ReadonlySet<string> = new Set(
  ("capital region borders neighbours only shares land currency languages language uses spoken " +
    "people area codes covers square kilometres calling code top level domain city town small " +
    "provincial centre inhabitants latitude longitude population with its belongs part country the in of is are an at has have it")
    .split(" "),
);

function words(name: string): string[] {
  return [...new Set(foldName(name).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ""))];
}
