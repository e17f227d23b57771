/**
 * The parts of an attempt: prompts, the parser of turns, the vote, the interpreter and its
 * processes, models and their records. For lessons that take the agent's loop apart, and for tools
 * of one's own; attempts themselves are made by `solve` and `answer` of a workbench of
 * `@potstill`.
 *
 * @module
 */

// Prompts
export { longSystemPrompt, shortSystemPrompt } from "./agent_prompt.ts";
export { loadPrompts, type PromptSet } from "./prompts/prompt_set.ts";
export { describeTools } from "./describe_tools.ts";
export { observationMessage } from "./observation.ts";

// Turns
export {
  agentStopSequences,
  normalizeCode,
  parseAction,
  type ParsedAction,
} from "./parse_action.ts";
export { type FirstThought, readFirstThought } from "./read_first_thought.ts";
export { writeTurn } from "./write_turn.ts";
export { voteOnCandidates } from "./vote.ts";
export { cutAtStop } from "../records/turn/cut_at_stop.ts";
export { scanTurn } from "../records/turn/scan_turn.ts";
export { stripThinking } from "../records/turn/strip_thinking.ts";

// Interpreter
export { PAPER_IMPORTS } from "../interpreter/pyodide/import_list.ts";
export { InterpreterProcess } from "../interpreter/pyodide/interpreter_process.ts";
export { loadGuestImage } from "../interpreter/pyodide/load_guest_image.ts";
export { userCacheFolder } from "../interpreter/pyodide/cache_folder.ts";
export { encodeFrame, type Frame } from "../interpreter/pyodide/guest/frame.ts";

// Records
export { type Replay, replayTrajectory } from "./replay_trajectory.ts";
export { checkTask, checkTrajectory } from "../records/check.ts";
export type { JsonValue } from "../records/json.ts";
