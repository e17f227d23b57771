/**
 * The cluster of a task: tasks of one cluster share their source, so that a system gets them right
 * or wrong together, and they count for less than independent ones.
 *
 * MuSiQue composes questions from single hops and names them in its ids; many questions end in the
 * same hop and have the same answer (the 500 of the reference end in 86 hops). Questions of other
 * benchmarks stand alone.
 *
 * @returns the cluster's name, or undefined when the task stands alone
 * @source MuSiQue, arXiv 2108.00573, section 3
 *
 * @example
 * ```ts
 * import { taskCluster } from "@potstill/tasks/task_cluster.ts";
 * const cluster = taskCluster({ benchmark: "musique", id: "3hop1__454441_55349_651302" });
 * if (cluster !== "musique/651302") throw new Error(cluster);
 * ```
 */
export function taskCluster(
  task: { readonly benchmark: string; readonly id: string },
): string | undefined {
  if (task.benchmark !== "musique") return undefined;
  const hops = /^[^_]*__(\d+(?:_\d+)*)$/.exec(task.id);
  return hops === null ? undefined : `musique/${hops[1].split("_").at(-1)}`;
}
