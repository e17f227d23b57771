import { createStudentModel } from "../../student/student_model.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import { type DistillContext, studentFolder } from "./distill_context.ts";
import { studentParadigms } from "./distill_options.ts";
import type { EvaluatedModels } from "./systems.ts";

/** The run's students as chat models. */
export interface OpenStudents {
  /** Loaded and ready to be asked. */
  readonly models: Omit<EvaluatedModels, "teacher">;
  /** Frees their memory. */
  close(): Promise<void>;
}

/**
 * Opens the run's trained students from their checkpoint folders.
 *
 * @throws {Error} naming the file that is missing or does not fit
 */
export async function openStudents(context: DistillContext): Promise<OpenStudents> {
  const trained = studentParadigms(context.options);
  const open = (paradigm: Paradigm, name: string) =>
    createStudentModel(studentFolder(context, paradigm), { name });
  const models = {
    agentStudent: await open("agent", "agent student"),
    ...trained.includes("cot") ? { cotStudent: await open("cot", "CoT student") } : {},
    ...trained.includes("cot-rag")
      ? { cotRagStudent: await open("cot-rag", "CoT + RAG student") }
      : {},
  };
  return {
    models,
    close: async () => {
      for (const model of Object.values(models)) await model.dispose();
    },
  };
}
