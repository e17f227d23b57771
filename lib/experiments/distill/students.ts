import type { Paradigm } from "../../records/trajectory.ts";
import { createStudentModel, type StudentModel } from "../../student/student_model.ts";
import { storedBaseFolder } from "../../student/stored_base.ts";
import { type PlannedContext, studentFolder } from "./distill_context.ts";
import { studentSize } from "./distill_options.ts";
import { studentNames } from "./system_facts.ts";

/** The untrained base model as a chat model. */
export interface OpenBase {
  /** Loaded and ready to be asked. */
  readonly model: StudentModel;
  /** Its system prompt as an agent: the long one where its context holds it. */
  readonly systemPrompt: "long" | "short";
}

/** Sizes that answer as fast with one thread while another student trains, and leave it the rest. */
const ONE_THREAD: readonly string[] = ["0.3M", "1M"];

/**
 * Opens a trained student of the run from its checkpoint folder.
 *
 * @param isAlone false while another student trains
 * @throws {Error} naming the file that is missing or does not fit
 */
export function openStudent(
  context: PlannedContext,
  paradigm: Paradigm,
  isAlone: boolean,
): Promise<StudentModel> {
  const { weightType, student } = context.options;
  return createStudentModel(studentFolder(context, paradigm), {
    name: studentNames[paradigm],
    weightType,
    ...!isAlone && ONE_THREAD.includes(student) ? { threads: 1 } : {},
  });
}

/**
 * Opens the model that the students' training begins with.
 *
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function openBase(context: PlannedContext): Promise<OpenBase> {
  const { plan, progress } = context;
  const { weightType } = context.options;
  const model = await createStudentModel(baseFolder(context), { name: "base model", weightType });
  const systemPrompt = fitsLongPrompt(context, model) ? "long" : "short";
  if (plan.systems.includes("base-agent") && systemPrompt === "short") {
    progress.log(
      `Note: the base model reads at most ${model.contextTokens} tokens, so that it is asked as an ` +
        "agent with the short system prompt",
    );
  }
  return { model, systemPrompt };
}

/** The folder of the model that the students' training begins with. */
function baseFolder(context: PlannedContext): string {
  const { student, base } = context.options;
  const size = studentSize(student);
  if (size === null) return student;
  return base === "trained" ? studentFolder(context, "base") : storedBaseFolder(size);
}

/** Half of the context is for what the model writes and observes. */
function fitsLongPrompt({ bench, options }: PlannedContext, base: StudentModel): boolean {
  const prompt = bench.systemPrompt("long", options.maxSteps);
  const { tokenizer } = base.engine;
  return 2 * tokenizer.encode(prompt).length <= base.contextTokens;
}
