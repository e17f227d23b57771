/** Relations whose names in the data are no noun that `of` can follow. */
const NOUNS: Readonly<Record<string, string>> = {
  "country of citizenship": "nationality",
  "award received": "award",
  "educated at": "school",
  "founded by": "founder",
  "publication date": "release date",
  "inception": "founding date",
  "located in the administrative territorial entity": "district",
  "shares border with": "neighbour",
  "instance of": "kind of thing",
  "member of political party": "political party",
  "member of sports team": "team",
  "licensed to broadcast to": "place of broadcast",
  "located in or next to body of water": "body of water",
  "applies to jurisdiction": "jurisdiction",
  "followed by": "successor",
  "named after": "namesake",
  "part of": "whole",
  "owned by": "owner",
  "produced by": "producer",
};

/** A relation as a noun: `nationality` for `country of citizenship`. */
export function relationNoun(relation: string): string {
  return NOUNS[relation] ?? relation;
}

/** What is asked, as a noun phrase: `the nationality of Ann Reed`. */
export function relationOf(relation: string, subject: string): string {
  if (relation === "instance of") return `the kind of thing that ${subject} is`;
  const noun = relationNoun(relation);
  // "conflict", "sport" can be followed by "of"; "occupies the position held by" cannot.
  return /\b(?:by|in|at|to|with|of|from|on|for)$/.test(noun)
    ? `what "${subject}" is ${noun}`
    : `the ${noun} of ${subject}`;
}

/** What a relation says, as a sentence. */
export function statement(relation: string, subject: string, value: string): string {
  const what = relationOf(relation, subject);
  return `${what.slice(0, 1).toUpperCase()}${what.slice(1)} is ${value}.`;
}
