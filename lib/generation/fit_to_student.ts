import { readStudentConfig } from "../student/read_student_config.ts";
import type { GenerationOptions } from "./generation_options.ts";

/** The options that new tokens are fitted by. */
export type TokenOptions = Pick<
  GenerationOptions,
  "paradigm" | "maxSteps" | "firstThoughtPrefix" | "maxNewTokens" | "cotMaxNewTokens"
>;

/** Options that fit a student, and what a user should know about them. */
export interface FittedOptions<Options extends TokenOptions = GenerationOptions> {
  /** With the numbers of new tokens that fit. */
  readonly options: Options;
  /** Notes on limits that were cut or may not fit, one sentence each. */
  readonly notes: readonly string[];
}

/** Numbers of new tokens that somebody asked for. */
export type AskedTokens = Partial<Pick<GenerationOptions, "maxNewTokens" | "cotMaxNewTokens">>;

/**
 * Fits the new tokens of a turn to what a student reads: half of its context is for what it writes, an
 * agent's in equal parts for each turn, and half for prompt and observations. Numbers that were asked
 * for stay as they are, with a note where they leave no room.
 *
 * @param context longest sequence that the student reads, in tokens
 *
 * @example
 * ```ts
 * import { resolveGenerationOptions } from "@potstill/experiments";
 * import { fitToStudent } from "@potstill/generation/fit_to_student.ts";
 * const options = resolveGenerationOptions({ benchmark: "lab-math", model: "student" });
 * const fitted = fitToStudent(options, {}, 2048);
 * if (fitted.options.maxNewTokens !== 204) throw new Error("5 turns share 1,024 tokens");
 * ```
 */
export function fitToStudent<Options extends TokenOptions>(
  options: Options,
  asked: AskedTokens,
  context: number,
): FittedOptions<Options> {
  const isAgent = options.paradigm === "agent";
  const needed = [
    ...(isAgent ? [["maxNewTokens", options.maxSteps] as const] : []),
    ...(!isAgent || options.firstThoughtPrefix ? [["cotMaxNewTokens", 1] as const] : []),
  ];
  const notes: string[] = [];
  const fitted: Record<string, number> = {};
  for (const [name, turns] of needed) {
    const room = Math.max(1, Math.floor(context / 2 / turns));
    if (options[name] <= room) continue;
    const of = turns > 1 ? `each of ${turns} turns` : "an answer";
    if (asked[name] === undefined) {
      fitted[name] = room;
      notes.push(
        `the student reads at most ${context} tokens, so ${name} is ${room} and not ` +
          `${options[name]} for ${of}`,
      );
    } else if (options[name] * turns >= context) {
      notes.push(
        `${name} is ${options[name]} for ${of}, and the student reads at most ${context} tokens: ` +
          "what does not fit is cut, and an attempt that outgrows them is wrong",
      );
    }
  }
  return { options: { ...options, ...fitted }, notes };
}

/**
 * The longest sequence that a student reads, in tokens.
 *
 * @throws {Error} naming the file that cannot be read
 */
export async function studentContext(student: string): Promise<number> {
  return (await readStudentConfig(student)).max_position_embeddings;
}
