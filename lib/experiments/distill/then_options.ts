import type { OptionTable, OptionValues } from "../../records/option_table.ts";
import { IMPROVE_METHODS, type ImproveMethod, isScored } from "../improve/improve_options.ts";

/** Options that say how the agent student goes on after its distillation. */
export const THEN_OPTIONS = {
  then: {
    type: "string",
    default: null,
    defaultNote: "it does not go on",
    placeholder: "METHOD:ROUNDS",
    description:
      `The agent student goes on by a method of improve (${IMPROVE_METHODS.join(", ")}), such as ` +
      "rft:2, on the training tasks; it is evaluated as the system agent-student-then",
  },
  thenTasks: {
    type: "integer",
    min: 1,
    default: 64,
    description: "Tasks of a round of then",
  },
  thenAttempts: {
    type: "integer",
    min: 1,
    default: 8,
    description: "Attempts at each of them",
  },
  thenTokens: {
    type: "integer",
    min: 1,
    default: null,
    defaultNote: "one pass over what a round brings",
    description: "Tokens trained in a round of then, so that methods can be compared",
  },
  thenLearningRate: {
    type: "number",
    above: 0,
    default: null,
    defaultNote: "that of improve",
    description: "Learning rate of then",
  },
  thenTeacher: {
    type: "string",
    default: null,
    defaultNote: "the lab's stored teacher",
    placeholder: "STUDENT",
    description: "Model with the student's tokenizer that then learns from, with opd, sod, reopd",
  },
} as const satisfies OptionTable;

/** {@link THEN_OPTIONS} with every default filled in. */
export type ThenOptions = OptionValues<typeof THEN_OPTIONS>;

/** A method with its number of rounds. */
export interface ThenMethod {
  /** How the student goes on. */
  readonly method: ImproveMethod;
  /** Rounds of it. */
  readonly rounds: number;
}

/**
 * Reads the value of `then`.
 *
 * @throws {RangeError} when there is no such method, or the rounds are no positive whole number
 *
 * @example
 * ```ts
 * import { parseThen } from "@potstill/experiments/distill/then_options.ts";
 * if (parseThen("rft:2").rounds !== 2) throw new Error("two rounds");
 * ```
 */
export function parseThen(then: string): ThenMethod {
  const [name, count = "", ...more] = then.split(":");
  const method = IMPROVE_METHODS.find((one) => one === name);
  if (method === undefined || more.length > 0 || !/^[1-9]\d{0,5}$/.test(count)) {
    throw new RangeError(
      "Cannot distil: then must be METHOD:ROUNDS, such as rft:2, with one of " +
        `${IMPROVE_METHODS.join(", ")}; it is "${then}"`,
    );
  }
  return { method, rounds: Number(count) };
}

/**
 * Checks the options of `then` against each other and the systems.
 *
 * @throws {RangeError} naming the option at fault
 */
export function checkThen(options: ThenOptions & { readonly systems: string }): void {
  const fail = (why: string) => {
    throw new RangeError(`Cannot distil: ${why}`);
  };
  const { then, thenTeacher, thenAttempts, systems } = options;
  if (then === null) {
    const names = Object.keys(THEN_OPTIONS) as (keyof ThenOptions)[];
    const name = names.find((one) => options[one] !== THEN_OPTIONS[one].default);
    if (name !== undefined) fail(`${name} is for a student that goes on, and then is not set`);
    if (systems.split(",").some((slug) => slug.trim() === "agent-student-then")) {
      fail("systems has agent-student-then, and then is not set, as in then: rft:2");
    }
    return;
  }
  const { method } = parseThen(then);
  if (thenTeacher !== null && !isScored(method)) {
    fail(`thenTeacher is for opd, sod and reopd, and then is ${then}`);
  }
  if ((method === "grpo" || method === "rloo") && thenAttempts < 2) {
    fail(`${method} compares attempts at a task, and thenAttempts is ${thenAttempts}`);
  }
}
