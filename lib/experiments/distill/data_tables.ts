import type { Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
import { wilsonInterval } from "../../evaluation/wilson_interval.ts";
import type { Task } from "../../records/task.ts";
import type { Retriever } from "../../retrieval/retriever.ts";
import { foldText } from "../../retrieval/words/fold_text.ts";
import { dataCredit } from "../../tasks/data_credits.ts";
import { LEAK_THRESHOLD } from "../../trajectories/question_leaks.ts";
import { isLabBenchmark } from "../../workbench/load_tasks.ts";
import type { PlannedContext } from "./distill_context.ts";
import type { TeacherTrajectories } from "./teach.ts";
import type { KeptConversations } from "./training_sets.ts";

/** What tables about a run's data are made of. */
export interface DataParts {
  /** The teacher's trajectories. */
  readonly taught: TeacherTrajectories;
  /** Those that are kept. */
  readonly kept: readonly KeptConversations[];
}

/** Most pairs of leaked questions that a report shows. */
const MOST_PAIRS = 50;

/**
 * Tables about the data of a run on sets that are not the lab's: the sets with their licences, the
 * trajectories with the reasons against others, what the search reaches, and questions in two sets.
 */
export async function dataTables(context: PlannedContext, parts: DataParts): Promise<Table[]> {
  const { plan } = context;
  const foreign = [...plan.train, ...plan.test].some(({ benchmark }) => !isLabBenchmark(benchmark));
  if (!foreign) return [];
  return [
    setsTable(plan.train, plan.test),
    keptTable(parts),
    ...await recallTables(context),
    ...leaksTable(context),
  ];
}

function setsTable(train: readonly Task[], test: readonly Task[]): Table {
  const roles = [["train", train], ["test", test]] as const;
  return tableOf({
    name: "data_sets",
    caption: "Data sets of the run, with the licences under which others published them.",
    data: roles.flatMap(([role, tasks]) =>
      [...new Set(tasks.map(({ benchmark }) => benchmark))].map((benchmark) => {
        const credit = dataCredit(benchmark);
        const own = tasks.filter((task) => task.benchmark === benchmark);
        return {
          set: benchmark,
          role,
          tasks: own.length,
          annotated: own.filter(({ annotation }) => annotation !== undefined).length,
          licence: credit?.licence ??
            (isLabBenchmark(benchmark) ? "this project" : "see its source"),
          credit: credit?.credit ?? "",
        };
      })
    ),
  });
}

function keptTable({ taught, kept }: DataParts): Table {
  return tableOf({
    name: "kept_trajectories",
    caption:
      "The teacher's trajectories that are trained on, and the reasons against the others; " +
      "one can have several.",
    data: kept.flatMap(({ paradigm, filter }) =>
      [...new Set(taught[paradigm].map(({ task }) => task.benchmark))].map((benchmark) => {
        const isOwn = (one: { readonly task: Task }) => one.task.benchmark === benchmark;
        const reasons = filter.rejected.filter(({ trajectory }) => isOwn(trajectory))
          .flatMap(({ reasons }) => reasons);
        const counts = [...new Set(reasons)].map((reason) =>
          `${reason} ${reasons.filter((one) => one === reason).length}`
        );
        return {
          set: benchmark,
          paradigm,
          made: taught[paradigm].filter(isOwn).length,
          kept: filter.kept.filter(isOwn).length,
          reasons: counts.join(", "),
        };
      })
    ),
  });
}

/** What the search finds for the questions' own words; no table where no gold passage is known. */
async function recallTables({ bench, plan, options, signal }: PlannedContext): Promise<Table[]> {
  const { retriever } = bench.search;
  if (retriever === null) return [];
  const known = plan.test.filter(({ evidence = [], goldTitles = [], benchmark }) =>
    !isLabBenchmark(benchmark) && evidence.length + goldTitles.length > 0
  );
  const data = [];
  for (const benchmark of new Set(known.map(({ benchmark }) => benchmark))) {
    const tasks = known.filter((task) => task.benchmark === benchmark);
    let gold = 0;
    let found = 0;
    let whole = 0;
    for (const task of tasks) {
      const count = await goldFound(retriever, task, options.topK, signal);
      gold += count.gold;
      found += count.found;
      if (count.found === count.gold) whole++;
    }
    const { estimate, low, high } = wilsonInterval(found, gold);
    const percent = (share: number) => Number((100 * share).toFixed(1));
    data.push({
      set: benchmark,
      questions: tasks.length,
      "passages a search": options.topK,
      "gold passages": gold,
      "found %": percent(estimate),
      "from %": percent(low),
      "to %": percent(high),
      "all found %": percent(whole / tasks.length),
    });
  }
  if (data.length === 0) return [];
  return [tableOf({
    name: "gold_recall",
    caption: "What the search reaches: gold passages among the best hits for the question's own " +
      "words, with 95% Wilson intervals. An agent that asks in several steps can find more; what " +
      "no query finds is the retriever's error and not the student's.",
    data,
  })];
}

/** Gold passages found for a question, by id where the index has it, else by title. */
async function goldFound(
  retriever: Retriever,
  { question, evidence = [], goldTitles = [] }: Task,
  topK: number,
  signal: AbortSignal,
): Promise<{ readonly gold: number; readonly found: number }> {
  const hits = await retriever.search(question, topK, signal);
  const ids = new Set(hits.map(({ passage }) => passage.id));
  const titles = new Set(hits.map(({ passage }) => foldText(passage.title)));
  const byId = new Set(evidence.filter((id) => ids.has(id))).size;
  if (goldTitles.length === 0) return { gold: new Set(evidence).size, found: byId };
  const byTitle = goldTitles.filter((title) => titles.has(foldText(title))).length;
  return { gold: goldTitles.length, found: Math.min(goldTitles.length, Math.max(byId, byTitle)) };
}

function leaksTable({ plan: { leaks }, options }: PlannedContext): Table[] {
  if (leaks.length === 0) return [];
  const more = leaks.length > MOST_PAIRS ? ` The first ${MOST_PAIRS} are shown.` : "";
  const done = options.leaked === "drop"
    ? "They were not trained on."
    : "They were trained on, as asked for.";
  return [tableOf({
    name: "leaked_questions",
    caption: `${leaks.length} training questions that are test questions as well: the same text ` +
      "(exact), the same words (normalised), or at least " +
      `${Math.round(100 * LEAK_THRESHOLD)}% of words and pairs of neighbouring words in common ` +
      `with the same numbers and names (overlap). ${done}${more}`,
    data: leaks.slice(0, MOST_PAIRS).map(({ train, test, kind, overlap }) => ({
      kind,
      overlap: Number(overlap.toFixed(2)),
      train: `${train.benchmark}/${train.id}: ${train.question}`,
      test: `${test.benchmark}/${test.id}: ${test.question}`,
    })),
  })];
}
