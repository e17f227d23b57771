import type { Paradigm } from "../../records/trajectory.ts";
import { createStudentModel, type StudentModel } from "../../student/student_model.ts";
import { storedBaseFolder } from "../../student/stored_base.ts";
import { type PlannedContext, studentFolder } from "./distill_context.ts";
import { systemFacts } from "./system_facts.ts";
import { studentSize } from "./distill_options.ts";

/** The run's students as chat models. */
export interface OpenStudents {
  /** Loaded and ready to be asked. */
  readonly students: ReadonlyMap<Paradigm, StudentModel>;
  /** The untrained base model; null when it is not evaluated. */
  readonly base: StudentModel | null;
  /** The system prompt of the base model as an agent: the long one where its context holds it. */
  readonly baseSystemPrompt: "long" | "short";
  /** Frees their memory. */
  close(): Promise<void>;
}

const NAMES: Readonly<Record<Paradigm, string>> = {
  agent: "agent student",
  cot: "CoT student",
  "cot-rag": "CoT + RAG student",
};

/**
 * Opens the run's trained students from their checkpoint folders, and the base model if it is evaluated.
 *
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function openStudents(context: PlannedContext): Promise<OpenStudents> {
  const { plan, progress } = context;
  const students = new Map<Paradigm, StudentModel>();
  for (const paradigm of plan.paradigms) {
    const folder = studentFolder(context, paradigm);
    students.set(paradigm, await createStudentModel(folder, { name: NAMES[paradigm] }));
  }
  const isAsked = plan.systems.some((slug) => systemFacts[slug].asks === "base");
  const base = isAsked
    ? await createStudentModel(baseFolder(context), { name: "base model" })
    : null;
  const baseSystemPrompt = base !== null && fitsLongPrompt(context, base) ? "long" : "short";
  if (plan.systems.includes("base-agent") && baseSystemPrompt === "short") {
    progress.log(
      `Note: the base model reads at most ${
        base!.contextTokens
      } tokens, so that it is asked as an ` +
        "agent with the short system prompt",
    );
  }
  return {
    students,
    base,
    baseSystemPrompt,
    close: async () => {
      for (const model of students.values()) await model.dispose();
      await base?.dispose();
    },
  };
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
