import { Template } from "../template.ts";

/** A kind of passage: a title's ending and the sentences that it may be made of. */
export interface PassageTopic {
  /** Also the ending of the passage's id. */
  readonly name: "city" | "capital" | "borders" | "currency" | "area";
  /** Its one slot is the subject: `{city}` or `{country}`. */
  readonly title: Template;
  /**
   * A passage has at most one sentence of each group: one whose every slot has a value. A slot without
   * a value (no single currency, say) rules the sentence out.
   */
  readonly groups: readonly (readonly Sentence[])[];
}

/** A sentence with slots; none of the slots in `without` may have a value. */
export type Sentence = string | { readonly text: string; readonly without: readonly string[] };

const NUMBER = "-?\\d+(?:\\.\\d+)?";

/** Regular expressions of the slots that are not plain text. */
export const PASSAGE_SLOTS: Readonly<Record<string, string>> = {
  kind: "(?:the capital of|an? [a-z ]+ in)",
  population: "\\d+",
  latitude: NUMBER,
  longitude: NUMBER,
  borderCount: "\\d+",
  area: NUMBER,
  callingCode: "\\+\\d+",
  domain: "\\.[a-z]+",
};

/** Passages about cities, one per city. */
export const CITY_TOPIC: PassageTopic = {
  name: "city",
  title: new Template("{city}"),
  groups: [[
    "{city} is {kind} {country} with {population} inhabitants, at latitude {latitude}, longitude {longitude}.",
    "{city}, {kind} {country}, has {population} inhabitants. Latitude {latitude}, longitude {longitude}.",
    "{city} is {kind} {country}. Population: {population}. Latitude {latitude}, longitude {longitude}.",
    "With {population} inhabitants, {city} is {kind} {country}, at latitude {latitude}, longitude {longitude}.",
    {
      text: "{city} is {kind} {country}. Latitude {latitude}, longitude {longitude}.",
      without: ["population"],
    },
  ]],
};

/** Several short passages per country. */
export const COUNTRY_TOPICS: readonly PassageTopic[] = [
  {
    name: "capital",
    title: new Template("{country}: capital and region"),
    groups: [
      [
        "The capital of {country} is {capital}.",
        "{capital} is the capital of {country}.",
        "{country} has {capital} as its capital.",
        "The capitals of {country} are {capitals}.",
      ],
      [
        "It lies in {subregion} ({region}).",
        "The country is part of {subregion} ({region}).",
        "It belongs to {subregion} ({region}).",
        { text: "It lies in {region}.", without: ["subregion"] },
      ],
    ],
  },
  {
    name: "borders",
    title: new Template("{country}: borders and neighbours"),
    groups: [
      [
        "{country} borders only {neighbour}.",
        "The only neighbour of {country} is {neighbour}.",
        "{country} borders {neighbours}.",
        "The neighbours of {country} are {neighbours}.",
        "{country} shares land borders with {neighbours}.",
        { text: "{country} has no land borders.", without: ["neighbour", "neighbours"] },
      ],
      [
        "{country} has {borderCount} land borders.",
        "These are the {borderCount} land borders of {country}.",
      ],
    ],
  },
  {
    name: "currency",
    title: new Template("{country}: currency and languages"),
    groups: [
      [
        "The currency of {country} is the {currency}.",
        "{country} uses the {currency} as its currency.",
        "In {country} the currency is the {currency}.",
        "The currencies of {country} are the {currencies}.",
      ],
      [
        "Its language is {language}.",
        "The language spoken is {language}.",
        "The language of its people is {language}.",
        "Its languages are {languages}.",
      ],
    ],
  },
  {
    name: "area",
    title: new Template("{country}: area and codes"),
    groups: [
      [
        "{country} covers {area} square kilometres.",
        "The area of {country} is {area} square kilometres.",
        "{country} has an area of {area} square kilometres.",
      ],
      [
        "Its calling code is {callingCode} and its top-level domain {domain}.",
        "Calling code: {callingCode}. Top-level domain: {domain}.",
        "Its top-level domain is {domain}, its calling code {callingCode}.",
        { text: "Its top-level domain is {domain}.", without: ["callingCode"] },
      ],
    ],
  },
];
