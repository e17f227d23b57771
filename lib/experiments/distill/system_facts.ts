import type { Paradigm } from "../../records/trajectory.ts";

/** Names of the systems that can be evaluated, in the order of the tables. */
export const systemSlugs = [
  "teacher-cot",
  "teacher-agent",
  "base-cot",
  "base-agent",
  "cot-student",
  "cot-student-majority",
  "cot-rag-student",
  "agent-student",
  "agent-student-sag",
  "agent-student-then",
] as const;

/** One of {@link systemSlugs}. */
export type SystemSlug = typeof systemSlugs[number];

/** Facts of a system. */
export interface SystemFacts {
  /** The model that it asks: the teacher, the untrained base model, or a student. */
  readonly asks: "teacher" | "base" | "student";
  /** The paradigm of the student that it asks; null for the teacher and the base model. */
  readonly student: Paradigm | null;
  /** The way in which the model is asked. */
  readonly paradigm: Paradigm;
  /** True if several samples vote. */
  readonly votes: boolean;
  /** True if its student has gone on after its distillation (`then`). @default false */
  readonly goesOn?: boolean;
}

/** Names of the students, for people. */
export const studentNames: Readonly<Record<Paradigm, string>> = {
  agent: "agent student",
  cot: "CoT student",
  "cot-rag": "CoT + RAG student",
};

const facts = (
  asks: SystemFacts["asks"],
  paradigm: Paradigm,
  votes: boolean = false,
): SystemFacts => ({ asks, student: asks === "student" ? paradigm : null, paradigm, votes });

/** Facts of each system. */
export const systemFacts: Readonly<Record<SystemSlug, SystemFacts>> = {
  "teacher-cot": facts("teacher", "cot"),
  "teacher-agent": facts("teacher", "agent"),
  "base-cot": facts("base", "cot"),
  "base-agent": facts("base", "agent"),
  "cot-student": facts("student", "cot"),
  "cot-student-majority": facts("student", "cot", true),
  "cot-rag-student": facts("student", "cot-rag"),
  "agent-student": facts("student", "agent"),
  "agent-student-sag": facts("student", "agent", true),
  "agent-student-then": { ...facts("student", "agent"), goesOn: true },
};

/** The paradigm of the student that a system asks; null for the teacher and the untrained base model. */
export function studentOf(slug: SystemSlug): Paradigm | null {
  return systemFacts[slug].student;
}

/** The paradigms that a student is trained for. */
export function studentParadigms(
  { students }: { readonly students: string },
): readonly Paradigm[] {
  if (students === "agent") return ["agent"];
  return students === "all" ? ["agent", "cot", "cot-rag"] : ["agent", "cot"];
}

function askedSystems({ systems }: { readonly systems: string }): string[] {
  return systems.split(",").map((slug) => slug.trim());
}

/** The systems that the settings name although their students are not trained. */
export function untrainedSystems(
  options: { readonly students: string; readonly systems: string },
): SystemSlug[] {
  const asked = new Set(askedSystems(options));
  const paradigms = studentParadigms(options);
  return systemSlugs.filter((slug) => {
    const student = studentOf(slug);
    return asked.has(slug) && student !== null && !paradigms.includes(student);
  });
}

/**
 * The systems that the settings ask for, without those of students that are not trained.
 *
 * @throws {RangeError} naming a slug that is of no system
 */
export function chosenSystems(
  options: { readonly students: string; readonly systems: string; readonly then?: string | null },
): SystemSlug[] {
  const paradigms = studentParadigms(options);
  const trained = systemSlugs.filter((slug) => {
    const student = studentOf(slug);
    return student === null || paradigms.includes(student);
  });
  const hasThen = (options.then ?? null) !== null;
  if (options.systems === "all") {
    return trained.filter((slug) =>
      systemFacts[slug].asks !== "base" && (hasThen || !systemFacts[slug].goesOn)
    );
  }
  const asked = askedSystems(options);
  const unknown = asked.find((slug) => !(systemSlugs as readonly string[]).includes(slug));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot distil: systems has "${unknown}", which is none of ${systemSlugs.join(", ")}`,
    );
  }
  return trained.filter((slug) => asked.includes(slug));
}
