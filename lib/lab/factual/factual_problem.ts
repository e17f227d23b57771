import type { Random } from "../../records/random.ts";
import type { ActContext, Action, CotContext, Problem } from "../expert/skill.ts";
import { ATTRIBUTES } from "./attribute.ts";
import {
  answerCode,
  nextSentence,
  planSentence,
  retrySentence,
  searchCode,
  statements,
} from "./expert_wording.ts";
import { HopReader } from "./hop_reader.ts";
import type { Memory } from "./memory.ts";
import { decide, type Plan } from "./plan.ts";

/** Share of chain-of-thought answers that begin with a recalled fact and not with a plan. */
const RECALL_FIRST_RATE = 0.25;

/** Progress along the hops of a plan. */
interface Progress {
  /** The values of each hop made so far, one per start. */
  readonly known: readonly (readonly string[])[];
  /** The subjects whose value the next hop still lacks. */
  readonly missing: readonly string[];
}

/** A factual question: the expert makes one hop a step, with one search a subject. */
export class FactualProblem implements Problem {
  /** Graded as text. */
  readonly kind = "qa";
  /** Plan of the question. */
  readonly plan: Plan;
  readonly #memory: Memory;

  /** A problem of its own plan. @param memory facts that are recalled where nothing is looked up */
  constructor(plan: Plan, memory: Memory) {
    this.plan = plan;
    this.#memory = memory;
  }

  /** A plan, the recalled facts, and the answer that follows from them. */
  cot({ random, flaw }: CotContext): string {
    const sentences: string[] = [];
    let names = this.plan.starts;
    for (const hop of this.plan.hops) {
      const values = names.map((name) => this.#memory.recall(name, hop));
      sentences.push(...statements(names, hop, values, random));
      names = values;
    }
    const answer = flaw === null ? this.#conclusion(names) : this.#wrongConclusion(names);
    const recallFirst = this.plan.starts.length === 1 && random.chance(RECALL_FIRST_RATE);
    const opening = recallFirst ? sentences.shift()! : planSentence(this.plan, random);
    const middle = sentences.length > 0 ? [sentences.join(" ")] : [];
    return [opening, ...middle, `<answer>${answer}</answer>`].join("\n\n");
  }

  /** The next hop's searches, or the final answer once every hop is known. */
  act({ random, steps, flaw, prefix }: ActContext): Action {
    const reader = new HopReader(steps, prefix);
    const progress = this.#follow(reader);
    if (progress.missing.length === 0) return this.#conclude(reader, progress, random, flaw);
    const misread = flaw === "wrong-reasoning" ? this.#misread(reader, progress, random) : null;
    return this.#search(misread ?? progress, steps, random, flaw);
  }

  #follow(reader: HopReader): Progress {
    const known: string[][] = [];
    for (const hop of this.plan.hops) {
      const names = this.#subjects(known);
      const values = names.map((name) => reader.find(name, hop));
      const missing = names.filter((_, i) => values[i] === null);
      if (missing.length > 0) return { known, missing };
      known.push(values.filter((value) => value !== null));
    }
    return { known, missing: [] };
  }

  /** Subjects of the hop after those in `known`. */
  #subjects(known: Progress["known"]): readonly string[] {
    return known.length === 0 ? this.plan.starts : known[known.length - 1];
  }

  /** The same progress with its newest value read off another passage, where there is one. */
  #misread(reader: HopReader, { known }: Progress, random: Random): Progress | null {
    if (known.length === 0 || this.plan.starts.length > 1) return null;
    const earlier = known.slice(0, -1);
    const hop = this.plan.hops[known.length - 1];
    const others = reader.ofOthers(this.#subjects(earlier)[0], hop);
    if (others.length === 0) return null;
    const values = [random.pick(others)];
    return { known: [...earlier, values], missing: values };
  }

  #search(
    { known, missing }: Progress,
    steps: ActContext["steps"],
    random: Random,
    flaw: ActContext["flaw"],
  ): Action {
    const hop = this.plan.hops[known.length];
    const attribute = ATTRIBUTES[hop];
    const written = (form: string) => missing.map((name) => form.replace("{x}", () => name));
    const tried = (queries: readonly string[]) =>
      queries.every((query) =>
        steps.some((step) => !step.failed && step.code?.includes(JSON.stringify(query)))
      );
    const usual = tried(written(attribute.query)) === false;
    const queries = written(usual ? attribute.query : attribute.otherQuery);
    if (tried(queries)) return this.#guess(random);
    const stalled = steps.some((step, index) =>
      !step.failed &&
      this.#follow(new HopReader(steps.slice(0, index))).known.length === known.length
    );
    const thought = stalled
      ? retrySentence(hop, missing, random)
      : known.length === 0
      ? planSentence(this.plan, random)
      : [...this.#newest(known, random), nextSentence(hop, missing.length, random)].join(" ");
    const asked = flaw === "wrong-query"
      ? missing.map((name) => wrongQuery(name, attribute.noun, this.plan, random))
      : queries;
    return { thought, code: searchCode([...new Set(asked)], random) };
  }

  /** The newest hop's values as sentences. */
  #newest(known: Progress["known"], random: Random): string[] {
    const names = this.#subjects(known.slice(0, -1));
    const hop = this.plan.hops[known.length - 1];
    return statements(names, hop, known[known.length - 1], random);
  }

  #conclude(
    reader: HopReader,
    progress: Progress,
    random: Random,
    flaw: ActContext["flaw"],
  ): Action {
    let { known } = progress;
    const wrong = flaw === "wrong-reasoning";
    if (wrong && this.plan.decide === "value") {
      const name = this.#subjects(known.slice(0, -1))[0];
      const hop = this.plan.hops[known.length - 1];
      const misread = this.#misread(reader, progress, random)?.known ?? null;
      const other = reader.otherFact(name, hop);
      known = misread ?? (other === null ? known : [...known.slice(0, -1), [other]]);
    }
    const values = known[known.length - 1];
    return {
      thought: this.#newest(known, random).join(" "),
      code: answerCode(this.plan, values, wrong),
    };
  }

  /** Answer from memory, after searching has failed. */
  #guess(random: Random): Action {
    let names = this.plan.starts;
    for (const hop of this.plan.hops) names = names.map((name) => this.#memory.recall(name, hop));
    return {
      thought: random.pick(["The search finds nothing. I answer from memory.", "I have to guess."]),
      code: `final_answer(${JSON.stringify(this.#conclusion(names))})`,
    };
  }

  #conclusion(values: readonly string[]): string {
    return this.plan.decide === "value"
      ? values[0]
      : decide(this.plan, values) ?? this.plan.starts[0];
  }

  #wrongConclusion(values: readonly string[]): string {
    const right = this.#conclusion(values);
    if (this.plan.decide === "value") return this.plan.starts[0];
    if (this.plan.decide === "same") return right === "yes" ? "no" : "yes";
    return this.plan.starts.find((start) => start !== right) ?? right;
  }
}

/** A search that misses: cut short, without its subject, or about the question's first name. */
function wrongQuery(name: string, noun: string, plan: Plan, random: Random): string {
  return random.pick([
    name.slice(0, Math.max(2, name.length - 2)),
    noun,
    `${noun} of ${plan.starts[0].slice(0, -1)}`,
  ]);
}
