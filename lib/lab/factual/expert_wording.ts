import type { Random } from "../../records/random.ts";
import { type AttributeName, ATTRIBUTES } from "./attribute.ts";
import { capitalised } from "./hop_reader.ts";
import type { Plan } from "./plan.ts";

const PLAN_OPENINGS = ["First the", "I need the", "I look up the", "I start with the"] as const;
const NEXT_OPENINGS = ["Now", "Next,", "Then I need", "I look up"] as const;

/** "First the country of Kutaisi, then its currency." */
export function planSentence(plan: Plan, random: Random): string {
  const [first, ...rest] = plan.hops.map((hop) => ATTRIBUTES[hop].noun);
  const its = plan.starts.length > 1 ? "their" : "its";
  const then = rest.map((noun) => `, then ${its} ${noun}`).join("");
  return `${random.pick(PLAN_OPENINGS)} ${first} of ${plan.starts.join(" and ")}${then}.`;
}

/** "Kutaisi lies in Georgia." for each name. */
export function statements(
  names: readonly string[],
  hop: AttributeName,
  values: readonly string[],
  random: Random,
): string[] {
  const form = random.pick(ATTRIBUTES[hop].statements);
  return names.map((name, i) =>
    capitalised(form.replace("{x}", () => name).replace("{v}", () => values[i]))
  );
}

/** "Now its currency." */
export function nextSentence(hop: AttributeName, count: number, random: Random): string {
  return `${random.pick(NEXT_OPENINGS)} ${count > 1 ? "their" : "its"} ${ATTRIBUTES[hop].noun}.`;
}

/** "No passage gives the currency of Georgia. I search again." */
export function retrySentence(
  hop: AttributeName,
  names: readonly string[],
  random: Random,
): string {
  const noun = `the ${ATTRIBUTES[hop].noun} of ${names.join(" and ")}`;
  return random.pick([
    `No passage gives ${noun}. I search again.`,
    `The passages do not state ${noun}. I try another search.`,
  ]);
}

/** Python that prints what the search engine finds for each query. */
export function searchCode(queries: readonly string[], random: Random): string {
  const quoted = queries.map((query) => JSON.stringify(query));
  if (quoted.length === 1) {
    return random.chance(0.8)
      ? `print(web_search(${quoted[0]}))`
      : `result = web_search(${quoted[0]})\nprint(result)`;
  }
  return random.chance(0.7)
    ? quoted.map((query) => `print(web_search(${query}))`).join("\n")
    : `for query in [${quoted.join(", ")}]:\n    print(web_search(query))`;
}

/** Python that gives the final answer. `inverted` compares the wrong way round. */
export function answerCode(plan: Plan, values: readonly string[], inverted: boolean): string {
  const quoted = values.map((value) => JSON.stringify(value));
  if (plan.decide === "value") return `final_answer(${quoted[0]})`;
  if (plan.decide === "same") {
    return `final_answer("yes" if ${quoted[0]} ${inverted ? "!=" : "=="} ${quoted[1]} else "no")`;
  }
  const entries = plan.starts.map((start, i) => `${JSON.stringify(start)}: ${values[i]}`);
  const choose = (plan.decide === "most") !== inverted ? "max" : "min";
  return `values = {${entries.join(", ")}}\nfinal_answer(${choose}(values, key=values.get))`;
}
