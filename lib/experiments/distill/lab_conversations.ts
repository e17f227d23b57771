import { openLab } from "../../workbench/open_lab.ts";
import type { DistillContext } from "./distill_context.ts";
import { teach } from "./teach.ts";
import { findTeacher, openTeacher } from "./teacher.ts";
import { keepConversations, type KeptConversations } from "./training_sets.ts";

/**
 * Lets the teacher of the settings solve tasks in the lab, and keeps its right attempts as conversations
 * to train on. Lab and teacher are closed before anything is trained.
 *
 * @param isPrefixed see {@link teach}
 * @throws {Error} when stored data is at fault, or the signal's reason
 */
export async function labConversations(
  context: DistillContext,
  tasks: Parameters<typeof teach>[2],
  isPrefixed?: Parameters<typeof teach>[3],
): Promise<KeptConversations[]> {
  const { options, run, progress, signal } = context;
  const bench = await openLab({ topK: options.topK, signal });
  try {
    const opening = { path: run.path, progress, signal };
    const teacher = await openTeacher(findTeacher(options), options, opening);
    try {
      return await keepConversations(
        context,
        await teach({ ...context, bench }, teacher, tasks, isPrefixed),
      );
    } finally {
      await teacher.close();
    }
  } finally {
    await bench.close();
  }
}
