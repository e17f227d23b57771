/** A country or territory. Lists are in the order of the data; absent facts are null or empty. */
export interface Country {
  /** ISO 3166-1 alpha-2, such as `GE`. */
  readonly code: string;
  /** Common English name; unique. */
  readonly name: string;
  /** Other names: the official one and long spellings. */
  readonly otherNames: readonly string[];
  /** Names of its capitals; South Africa has three. */
  readonly capitals: readonly string[];
  /** Such as `Asia`. */
  readonly region: string;
  /** Such as `Western Asia`, or null. */
  readonly subregion: string | null;
  /** Names of the countries that share a land border. */
  readonly borders: readonly string[];
  /** English names of its official languages. */
  readonly languages: readonly string[];
  /** English names of its currencies. */
  readonly currencies: readonly string[];
  /** ISO 4217 codes, in the order of `currencies`. */
  readonly currencyCodes: readonly string[];
  /** In square kilometres, or null. */
  readonly areaKm2: number | null;
  /** Such as `+995`, or null when there is no single one. */
  readonly callingCode: string | null;
  /** Such as `.ge`, or null when there is none; the first in Latin letters when there are several. */
  readonly topLevelDomain: string | null;
}

/** A populated place. */
export interface City {
  /** GeoNames id. */
  readonly id: number;
  /** As GeoNames writes it; not unique. */
  readonly name: string;
  /** Country of the city. */
  readonly country: Country;
  /** 0 when it is not known. */
  readonly population: number;
  /** In degrees, south negative, one decimal. */
  readonly latitude: number;
  /** In degrees, west negative, one decimal. */
  readonly longitude: number;
  /** Its place in the country's administration. */
  readonly rank: "capital" | "provincial centre" | "other";
}

/** Every country and city that the lab knows, with look-ups by name. */
export class World {
  /** In the order of the data. */
  readonly countries: readonly Country[];
  /** In the order of the data. */
  readonly cities: readonly City[];
  readonly #countryByName: ReadonlyMap<string, Country>;
  readonly #citiesByName: ReadonlyMap<string, readonly City[]>;

  /**
   * A world of its own.
   *
   * @param countries with unique names
   */
  constructor(countries: readonly Country[], cities: readonly City[]) {
    this.countries = countries;
    this.cities = cities;
    this.#countryByName = new Map(countries.map((country) => [foldName(country.name), country]));
    this.#citiesByName = Map.groupBy(cities, (city) => foldName(city.name));
  }

  /** The country with this name; a leading "the", case and accents do not matter. */
  country(name: string): Country | null {
    return this.#countryByName.get(foldName(name)) ?? null;
  }

  /** Every city with this name; case and accents do not matter. */
  citiesNamed(name: string): readonly City[] {
    return this.#citiesByName.get(foldName(name)) ?? [];
  }

  /** The country's only capital as a city, or null when there are several or the data does not hold it. */
  capitalCity(country: Country): City | null {
    if (country.capitals.length !== 1) return null;
    const found = this.citiesNamed(country.capitals[0]).filter((city) =>
      city.country === country && city.rank === "capital"
    );
    return found.length === 1 ? found[0] : null;
  }
}

/** A name without a leading "the", accents and case: what two names are compared by. */
export function foldName(name: string): string {
  return name.replace(/^the /i, "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

const WITH_ARTICLE =
  /^(Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines|Seychelles|DR Congo|United .*|.* Islands|.* Republic|Republic of .*|Caribbean Netherlands|Isle of Man)$/;

/** A country's name as it stands within a sentence: `the Gambia`, `Georgia`. */
export function inSentence(countryName: string): string {
  return WITH_ARTICLE.test(countryName) ? `the ${countryName}` : countryName;
}
