import rawCountries from "world-countries";
import { textWords } from "./text_words.ts";

interface RawCountry {
  readonly name: { readonly common: string; readonly official: string };
  readonly altSpellings: readonly string[];
  readonly demonyms: Readonly<Record<string, { readonly f: string; readonly m: string }>>;
}

/** Names in texts that the list of countries does not have. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  "United States": ["US", "U.S.", "U.S.A.", "United States of America", "America", "American"],
  "United Kingdom": ["UK", "U.K.", "Britain", "British"],
  "France": ["French"],
  "India": ["Indian"],
  "Netherlands": ["Holland", "Dutch"],
  "Norway": ["Norwegian"],
  "China": ["People's Republic of China"],
  "Russia": ["Soviet"],
  "South Korea": ["Korean", "Korea"],
};

let named: ReadonlyMap<string, string> | null = null;

/**
 * Countries by their names and the names of their people, in folded words: `american` and
 * `united states` both lead to `United States`.
 *
 * @source the package world-countries (mledoze/countries, ODbL 1.0)
 */
function countryNames(): ReadonlyMap<string, string> {
  if (named !== null) return named;
  const names = new Map<string, string>();
  const twice = new Set<string>();
  const add = (name: string, country: string) => {
    const key = textWords(name).map(({ word }) => word).join(" ");
    const other = names.get(key);
    if (other !== undefined && other !== country) twice.add(key);
    else if (key !== "") names.set(key, country);
  };
  // The package's types describe its CommonJS form, not the list that an import gives.
  for (const raw of rawCountries as unknown as readonly RawCountry[]) {
    const { common, official } = raw.name;
    add(common, common);
    add(official, common);
    // Codes of two letters are words of other meanings.
    raw.altSpellings.filter((name) => name.length > 3 || name === "USA" || name === "UK")
      .forEach((name) => add(name, common));
    const people = raw.demonyms.eng;
    if (people !== undefined) [people.m, people.f].forEach((name) => add(name, common));
  }
  // Of one word for the people of two countries nobody can tell which is meant.
  for (const key of twice) names.delete(key);
  for (const [country, all] of Object.entries(FURTHER)) {
    for (const name of all) {
      names.set(textWords(name).map(({ word }) => word).join(" "), country);
    }
  }
  return named = names;
}

/** The country of a text that is the name of a country or of its people; null when it is neither. */
export function countryOf(text: string): string | null {
  const words = textWords(text).map(({ word }) => word);
  const key = words[0] === "the" ? words.slice(1) : words;
  return countryNames().get(key.join(" ")) ?? null;
}

/** Most words of a country's name. */
const LONGEST = 6;

/** The first part of a text that names a country or its people, as it stands there; null without one. */
export function findCountry(country: string, text: string): string | null {
  const whole = text.normalize("NFC");
  const words = textWords(whole);
  const names = countryNames();
  for (let first = 0; first < words.length; first++) {
    let key = "";
    for (let last = first; last < Math.min(words.length, first + LONGEST); last++) {
      key = key === "" ? words[last].word : `${key} ${words[last].word}`;
      const slice = whole.slice(words[first].start, words[last].end);
      // "us" is a word, "US" a country.
      if (names.get(key) === country && /^\p{Lu}/u.test(slice) && !/^us$/.test(slice)) return slice;
    }
  }
  return null;
}
