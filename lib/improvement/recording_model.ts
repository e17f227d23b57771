import type { ChatModel, ChatRequest, ChatResponse } from "../models/chat_model.ts";
import type { StudentModel } from "../student/student_model.ts";
import type { SampledTurn } from "./sampled_turn.ts";

/**
 * A student that remembers the tokens of what it wrote, one turn after the other. Text is made of the
 * tokens for the agent alone: what is trained is what was sampled, and is never tokenised again.
 */
export class RecordingModel implements ChatModel {
  /** The student's name. */
  readonly name: string;
  /** As the student's. */
  readonly prefixContinuation = "native";
  /** The turns so far. */
  readonly turns: SampledTurn[] = [];
  readonly #student: StudentModel;

  /** A recorder for one attempt. */
  constructor(student: StudentModel) {
    this.name = student.name;
    this.#student = student;
  }

  /**
   * Answers as the student does.
   * @throws {RangeError} when more than one completion is asked for: turns would be no line any more
   * @throws {GenerationError} as the student
   */
  async complete(request: ChatRequest): Promise<ChatResponse> {
    const { samples = 1 } = request;
    if (samples !== 1) {
      throw new RangeError(`Cannot record a turn of ${samples} completions: it has one`);
    }
    const { response, prompt, sampled } = await this.#student.completeTokens({
      ...request,
      logprobs: true,
    });
    const [{ ids, logprobs }] = sampled;
    this.turns.push({ prompt, ids, logprobs: logprobs! });
    return response;
  }
}
