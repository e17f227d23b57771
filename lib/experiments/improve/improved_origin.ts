import type { Trajectory } from "../../records/trajectory.ts";
import { findStudent } from "../../student/find_student.ts";
import { originOf, readOrigin, type StudentOrigin } from "../../training_data/student_origin.ts";
import { isOfTeacher } from "./improve_options.ts";
import { drawn, type RoundContext } from "./round_lessons.ts";

/**
 * What a student has learned from besides what it began with: the tasks that it met, the teachers, and what a
 * teacher had learned from whose log-probabilities it learned.
 *
 * @param rounds number of rounds
 */
export async function improvedOrigins(
  { tasks, replayed, options }: Pick<RoundContext, "tasks" | "replayed" | "options">,
  base: StudentOrigin["base"],
  rounds: number,
): Promise<StudentOrigin[]> {
  const { method, teacher, paradigm, seed } = options;
  if (isOfTeacher(method)) return [originOf(replayed, base)];
  const met = Array.from({ length: rounds }, (_, r) => drawn(tasks, options, r + 1)).flat();
  const attempted = method === "reopd" ? replayed : met.map((task): Trajectory => ({
    ...{ id: task.id, task, paradigm, model: "", prompt: [], steps: [], seed },
    ...{ answer: null, correct: null },
  }));
  const own = originOf(attempted, base);
  if (teacher === null) return [{ ...own, teachers: [] }];
  const { path, name } = await findStudent(teacher);
  const taught = await readOrigin(path);
  const teachers = [...method === "reopd" ? own.teachers : [], name].sort();
  return [{ ...own, teachers }, ...taught === null ? [] : [taught]];
}
