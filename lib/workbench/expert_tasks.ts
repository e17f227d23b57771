import { isLabQuestion } from "../lab/expert/lab_expert.ts";
import type { Task } from "../records/task.ts";

/** The tasks whose questions the lab's expert does not answer: it knows the lab's alone. */
export function unknownToExpert(tasks: readonly Task[]): Task[] {
  return tasks.filter(({ question }) => !isLabQuestion(question));
}

/**
 * Checks that the lab's expert can be asked.
 *
 * @param source names the tasks in the error
 * @param action begins the message of the error, such as `generate`
 * @throws {RangeError} naming a task whose question is not the lab's
 */
export function checkExpertTasks(tasks: readonly Task[], source: string, action: string): void {
  const unknown = unknownToExpert(tasks);
  if (unknown.length === 0) return;
  throw new RangeError(
    `Cannot ${action} with the lab's expert: it answers the lab's questions only, and ` +
      `${unknown.length} of the ${tasks.length} tasks of ${source} are others, such as ` +
      `${unknown[0].id}: "${
        unknown[0].question.slice(0, 100)
      }"; other questions need an endpoint ` +
      (action === "generate" ? "(--base-url)" : "(--teacher URL)"),
  );
}
