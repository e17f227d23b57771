import type { World } from "../world/world.ts";
import { type AttributeName, ATTRIBUTES, type AttributeValue, type Entity } from "./attribute.ts";

/**
 * Way in which the answer follows from the last hop: the value itself, or a comparison of two
 * starts.
 */
export type Decision = "value" | "most" | "least" | "same";

/**
 * Content of a factual question, apart from its wording: from each start follow the hops; then
 * decide. "The currency of the country of Kutaisi" is `{ starts: ["Kutaisi"], hops: ["country",
 * "currency"], decide: "value" }`.
 */
export interface Plan {
  /** Names of cities or countries, one for `value` and two for the comparisons. */
  readonly starts: readonly string[];
  /** Attributes to follow from each start, in order. */
  readonly hops: readonly AttributeName[];
  /** Way in which the answer follows from the last hop. */
  readonly decide: Decision;
}

/** The gold answer of a plan. */
export interface PlanAnswer {
  /** The gold answer. */
  readonly answer: string;
  /** Other texts that count as it. */
  readonly aliases: readonly string[];
  /** Ids of the passages that state the hops. */
  readonly evidence: readonly string[];
}

/**
 * Follows the plan in the data.
 *
 * @param starts the entities that the plan's names stand for
 * @returns null when a hop has no single value or a comparison ties
 */
export function solvePlan(
  plan: Plan,
  starts: readonly Entity[],
  world: World,
): PlanAnswer | null {
  const chains: AttributeValue[][] = [];
  for (const start of starts) {
    const chain = followHops(start, plan.hops, world);
    if (chain === null) return null;
    chains.push(chain);
  }
  const evidence = [...new Set(chains.flat().map((value) => value.passageId))];
  const last = chains.map((chain) => chain[chain.length - 1]);
  if (plan.decide === "value") {
    const answer = withoutThe(last[0].text);
    return { answer, aliases: last[0].aliases.filter((alias) => alias !== answer), evidence };
  }
  const decided = decide(plan, last.map((value) => value.text));
  return decided === null ? null : { answer: withoutThe(decided), aliases: [], evidence };
}

/**
 * The answer of a comparison from the two values.
 *
 * @returns null when "most" or "least" ties
 */
export function decide(plan: Plan, values: readonly string[]): string | null {
  if (plan.decide === "same") return values[0] === values[1] ? "yes" : "no";
  const [a, b] = values.map(Number);
  if (a === b) return null;
  return (plan.decide === "most") === (a > b) ? plan.starts[0] : plan.starts[1];
}

function followHops(
  start: Entity,
  hops: readonly AttributeName[],
  world: World,
): AttributeValue[] | null {
  const chain: AttributeValue[] = [];
  let entity: Entity | null = start;
  for (const hop of hops) {
    const value: AttributeValue | null = entity === null
      ? null
      : ATTRIBUTES[hop].value(entity, world);
    if (value === null) return null;
    chain.push(value);
    entity = value.entity;
  }
  return chain;
}

/** A country as an answer, without its article. */
function withoutThe(text: string): string {
  return text.replace(/^the /, "");
}
