import { isAnnotated, needsSearch } from "../annotations/problem_of.ts";
import type { Task } from "../records/task.ts";

/**
 * Checks that tasks can be answered from their annotations.
 *
 * @param source names the tasks in the error
 * @param search what is searched; `none` for nothing
 * @param action begins the message of the error, such as `generate`
 * @returns what a user should know, one sentence each
 * @throws {RangeError} when no task has an annotation, or some need a search that there is not
 */
export function checkAnnotatedTasks(
  tasks: readonly Task[],
  { source, search, action }: {
    readonly source: string;
    readonly search: string;
    readonly action: string;
  },
): string[] {
  const annotated = tasks.filter(isAnnotated);
  if (annotated.length === 0) {
    throw new RangeError(
      `Cannot ${action} from annotations: none of the ${tasks.length} tasks of ${source} has hops, ` +
        "supporting facts, a solution or an explanation",
    );
  }
  const searching = annotated.filter(needsSearch).length;
  if (searching > 0 && search === "none") {
    throw new RangeError(
      `Cannot ${action} from annotations: ${searching} of the ${tasks.length} tasks of ${source} are ` +
        "answered by searches, and there is nothing to search; pass --search INDEX, such as one made " +
        "of the passages that come with the questions",
    );
  }
  const lacking = tasks.length - annotated.length;
  return lacking === 0
    ? []
    : [`${lacking} of the ${tasks.length} tasks of ${source} have no annotation and are rejected`];
}
