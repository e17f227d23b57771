import { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";
import { labHotpotqaFamilies } from "../factual/lab_hotpotqa.ts";
import { factualWorld } from "../factual/factual_world.ts";
import { labMath } from "../math/lab_math.ts";
import { cityPassageId, labPassages } from "../corpus/lab_passages.ts";
import { cityKey } from "../factual/entity_pool.ts";
import { splitOf } from "../question_family.ts";
import type { World } from "../world/world.ts";
import { answeredQuestion } from "./answered_question.ts";
import { plainFacts } from "./plain_facts.ts";
import { programmedAnswer } from "./programmed_answer.ts";
import { solvedProblem } from "./solved_problem.ts";
import { tableProgram } from "./table_program.ts";
import { toldTwice } from "./told_twice.ts";

/** Options of {@link labBaseTexts}. */
export interface BaseTextOptions {
  /** Number of texts. */
  readonly count: number;
  /** The texts follow from it. */
  readonly seed: string | number;
}

/**
 * Plain text of the lab for a base model to learn before it is taught any task: places told twice in
 * different words, their facts as sentences, questions with the passages that answer them and often a
 * program that prints the answer, problems solved by hand or by a program, and small programs over
 * tables. No agent's turn is in it, no city
 * that a test question may name, no number pair of a test question, and nothing of the
 * out-of-domain benchmarks.
 *
 * @example
 * ```ts
 * import { loadWorld } from "@potstill";
 * import { labBaseTexts } from "@potstill/student";
 * const texts = [...labBaseTexts(loadWorld(), { count: 10, seed: 0 })];
 * if (texts.length !== 10) throw new Error("ten were asked for");
 * ```
 */
export function* labBaseTexts(world: World, options: BaseTextOptions): Generator<string> {
  const testIds = new Set(
    world.cities.filter((city) => splitOf(cityKey(city)) === "test").map(cityPassageId),
  );
  const tellings = ["first telling", "second telling"].map((seed) =>
    [...labPassages(world, seed)].filter(({ id }) => !testIds.has(id))
  );
  const byId = new Map(tellings[0].map((passage) => [passage.id, passage]));
  const countries = tellings[0].findIndex(({ id }) => id.startsWith("city-"));
  const questions = labHotpotqaFamilies(factualWorld());
  const root = new Random(`${options.seed}/base`);
  for (let i = 0; i < options.count; i++) {
    const random = root.fork(i);
    const places = Array.from({ length: random.integer(1, 4) }, () =>
      // Half of the passages are about countries, which are few and asked for often.
      random.chance(0.5)
        ? random.integer(0, countries - 1)
        : random.integer(countries, tellings[0].length - 1));
    const of = (telling: readonly Passage[]) => places.map((place) => telling[place]);
    const kind = random.next();
    if (kind < 0.25) yield toldTwice(of(tellings[0]), of(tellings[1]), random);
    else if (kind < 0.3) yield plainFacts(of(tellings[0]), random);
    else if (kind < 0.35) yield answeredQuestion(questions, byId, random);
    else if (kind < 0.7) yield programmedAnswer(questions, byId, tellings[0], random);
    else if (kind < 0.75) yield tableProgram(of(tellings[0]), random);
    else yield solvedProblem(labMath.families, random);
  }
}
