import { chosenSystems, studentParadigms, systemFacts } from "../distill/system_facts.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import { sha256OfJson } from "../../runs/hash.ts";
import { makesAttempts } from "../improve/improve_options.ts";
import { THEN_FIRST_ATTEMPTS, THEN_FOLDER, THEN_MARKER } from "../distill/then_stage.ts";
import { parseThen, THEN_OPTIONS } from "../distill/then_options.ts";
import { wordList } from "../../records/word_list.ts";

/** A file or folder that a run makes, with a hash of all that it depends on. */
export interface StageKey {
  /** Its path in the run's folder. */
  readonly path: string;
  /** The path that exists once it is complete: its own, or a file in it. */
  readonly marker: string;
  /** Two runs of one revision and equal keys make the same. */
  readonly key: string;
}

/**
 * Options that a stage does NOT depend on. What is not named here counts as relevant, so that an
 * option that is added to the kit can never make two runs share what they should not.
 */
const AFTER_TRAINING = wordList(`
  test testTasks testSha256 candidates voteOn candidateState systems weightType constrainTurns
`);
/** What a student that goes on learns of its attempts. */
const LEARNED = wordList("then thenTokens thenLearningRate thenTeacher thenTeacherSha256");
/** How it goes on. */
const THEN = [...Object.keys(THEN_OPTIONS), "thenTeacherSha256"];
const TRAINING = wordList(`
  student base baseSha256 vocabSize baseTexts baseLearningRate epochs learningRate
  adamEpsilon batchTokens maxTokens mustRetrieve curriculum adaptation loraRank loraAlpha
  students rollouts precision steps device
`);
const AFTER_BASE = wordList(`
  epochs steps precision learningRate adamEpsilon curriculum adaptation loraRank loraAlpha rollouts
`);
/** Beginning from a stored base model, each student's training is its own. */
const OTHER_STUDENTS = ["students"];
const UNUSED_BASE = ["vocabSize", "baseTexts", "baseLearningRate"];
const UNUSED_LORA = ["loraRank", "loraAlpha"];

/**
 * Results of a run of these settings that another run may share: the teacher's trajectories, the
 * students, and the attempts of each system.
 *
 * @param resolved the settings with what their manifest adds (`baseSha256`, `teacherSha256`)
 */
export function stageKeys(
  options: DistillOptions,
  resolved: Readonly<Record<string, unknown>>,
): StageKey[] {
  const all: Record<string, unknown> = { ...resolved };
  const neutral = [
    "profile",
    ...options.base === "stored" ? UNUSED_BASE : [],
    ...options.adaptation === "full" ? UNUSED_LORA : [],
  ];
  // The expert ends its turns by itself; a student's own attempts at training tasks do not.
  const expert = options.teacher === "expert" ? ["maxNewTokens"] : [];
  const taught = options.rollouts > 0 ? [] : expert;
  const key = (stage: string, ...without: readonly (readonly string[])[]) => {
    const unused = new Set([...neutral, ...without.flat()]);
    const used = Object.entries(all).filter(([name]) => !unused.has(name));
    return sha256OfJson([stage, Object.fromEntries(used)]);
  };
  const file = (path: string, hash: string) => ({ path, marker: path, key: hash });
  const folder = (path: string, hash: string) => ({
    path,
    marker: `${path}/training.json`,
    key: hash,
  });
  const notTaught = [...AFTER_TRAINING, ...TRAINING, ...THEN, ...expert];
  const keys = [file("trajectories/agent.jsonl", key("teach-agent", notTaught))];
  const trained = studentParadigms(options);
  const isAnswered = (paradigm: Paradigm) =>
    trained.includes(paradigm) || (paradigm === "cot" && options.firstThoughtPrefix);
  for (const paradigm of (["cot", "cot-rag"] as const).filter(isAnswered)) {
    keys.push(
      file(
        `trajectories/${paradigm}.jsonl`,
        key(`teach-${paradigm}`, notTaught, ["firstThoughtPrefix", "maxSteps"]),
      ),
    );
  }
  const others = options.base === "stored" ? OTHER_STUDENTS : [];
  if (options.base === "trained") {
    keys.push(folder("students/base", key("base", AFTER_TRAINING, AFTER_BASE, THEN, expert)));
  }
  for (const paradigm of trained) {
    const hash = key(`student-${paradigm}`, AFTER_TRAINING, THEN, taught, others);
    keys.push(folder(`students/${paradigm}`, hash));
  }
  if (options.then !== null) {
    const hash = key("then", AFTER_TRAINING, others);
    keys.push({ path: THEN_FOLDER, marker: THEN_MARKER, key: hash });
    // The first attempts are the same whatever is learned of them.
    if (makesAttempts(parseThen(options.then).method)) {
      keys.push(
        file(THEN_FIRST_ATTEMPTS, key("attempts", AFTER_TRAINING, LEARNED, others)),
      );
    }
  }
  for (const slug of chosenSystems(options)) {
    const { votes, asks, paradigm, goesOn } = systemFacts[slug];
    const plain = votes ? [] : ["candidates"];
    const student = asks === "teacher"
      ? [...TRAINING, "train", "trainTasks", "trainSha256", "firstThoughtPrefix"]
      : others;
    const vote = votes && paradigm === "agent" ? [] : ["voteOn", "candidateState"];
    const then = goesOn ? [] : THEN;
    const hash = key(`evaluate-${slug}`, ["systems"], plain, vote, student, then);
    keys.push(file(`evaluation/${slug}.jsonl`, hash));
  }
  return keys;
}
