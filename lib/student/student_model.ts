import type { StudentEngineOptions, StudentParts } from "./generate/engine_options.ts";
import { StudentEngine } from "./generate/student_engine.ts";
import { TokenMasks } from "./generate/token_masks.ts";
import { turnGrammar } from "./generate/turn_grammar.ts";
import type { GeneratedSample } from "./generate/generate_request.ts";
import { PromptBound } from "./generate/prompt_bound.ts";
import { findStudent } from "./find_student.ts";
import { loadStudent } from "./load_student.ts";
import { encodeMarked } from "../tokenizer/encode_marked.ts";
import type { ChatTemplate } from "../tokenizer/chat_template.ts";
import {
  type ChatModel,
  type ChatRequest,
  type ChatResponse,
  GenerationError,
  type TokenLogprob,
} from "../models/chat_model.ts";

/** Options of a student's answers. */
export interface StudentModelOptions extends StudentEngineOptions {
  /** Names the model in trajectories. @default the folder's name, or "student" */
  readonly name?: string;
}

/** An answer with its tokens. */
export interface CompletedTokens {
  /** The answer as text. */
  readonly response: ChatResponse;
  /** The tokens that were read. */
  readonly prompt: Int32Array;
  /** The tokens of each completion, as they were drawn. */
  readonly sampled: readonly GeneratedSample[];
}

/**
 * A student as a chat model. The conversation is rendered with the chat template of its tokenizer, as
 * in training: special tokens come from the template alone. A trailing assistant message is continued by the student itself.
 *
 * Requests may be made at the same time: they share decoding steps.
 */
export class StudentModel implements ChatModel {
  /** Names the model in trajectories. */
  readonly name: string;
  /** A student continues a started message itself. */
  readonly prefixContinuation = "native";
  /** Engine of the student, for log-probabilities, statistics and text that is no conversation. */
  readonly engine: StudentEngine;
  readonly #template: ChatTemplate;
  readonly #bound: PromptBound;
  /** Made when they are first asked for: they hold the vocabulary once more. */
  #masks: TokenMasks | undefined;

  /**
   * A chat model over an engine.
   * @throws {Error} when the engine's tokenizer has no chat template
   */
  constructor(engine: StudentEngine, name: string) {
    this.engine = engine;
    this.name = name;
    this.#template = engine.tokenizer.chatTemplate();
    this.#bound = new PromptBound(engine.tokenizer, engine.maxTokens - 1);
  }

  /** Longest sequence that the student reads, prompt and completion together, in tokens. */
  get contextTokens(): number {
    return this.engine.maxTokens;
  }

  /**
   * Answers a conversation.
   * @throws {ContextOverflowError} when the conversation is longer than the student reads
   * @throws {GenerationError} when the conversation cannot be rendered
   * @throws the signal's reason, when it is aborted
   */
  async complete(request: ChatRequest): Promise<ChatResponse> {
    return (await this.completeTokens(request)).response;
  }

  /**
   * {@link complete} with the tokens: those that were read, and those of each completion as they were
   * drawn.
   * @throws as {@link complete}
   */
  async completeTokens(request: ChatRequest): Promise<CompletedTokens> {
    const { messages, grammar, ...options } = request;
    const prompt = this.#encode(messages);
    const last = messages.at(-1);
    const begun = last?.role === "assistant" ? last.content : "";
    const { samples } = await this.engine.generate({
      ...options,
      prompt,
      ...(grammar === undefined ? {} : { constraint: { masks: this.#turnMasks(), begun } }),
    });
    const response = {
      completions: samples.map(({ text, finishReason, ids, logprobs }) => ({
        text,
        finishReason,
        completionTokens: ids.length,
        ...(logprobs === undefined ? {} : { logprobs: this.#tokenLogprobs(ids, logprobs) }),
      })),
      promptTokens: prompt.length,
    };
    return { response, prompt, sampled: samples };
  }

  /** Frees the student's memory; requests under way end with an error. */
  dispose(): Promise<void> {
    return this.engine.dispose();
  }

  #turnMasks(): TokenMasks {
    return this.#masks ??= new TokenMasks(
      turnGrammar(),
      this.engine.tokenizer,
      this.engine.endOfTurnTokens,
    );
  }

  #tokenLogprobs(ids: Int32Array, logprobs: Float32Array): TokenLogprob[] {
    return Array.from(ids, (id, i) => ({
      token: this.engine.tokenizer.decode([id], { continues: true }),
      logprob: logprobs[i],
    }));
  }

  #encode(messages: ChatRequest["messages"]): Int32Array {
    this.#bound.check(messages.map(({ content }) => content).join("\n"));
    try {
      const goesOn = messages.at(-1)?.role === "assistant";
      const text = this.#template.renderMarked(
        messages,
        goesOn ? { continueFinalMessage: true } : { addGenerationPrompt: true },
      );
      return encodeMarked(this.engine.tokenizer, text, {
        template: this.#template,
        isModels: (origin) => messages[origin]?.role === "assistant",
      });
    } catch (cause) {
      throw new GenerationError((cause as Error).message, { cause });
    }
  }
}

/**
 * Makes a chat model of a student: of anything that `findStudent` finds (a Hugging Face folder, a GGUF
 * file, a size of the lab), or of its parts.
 *
 * @throws {Error} naming the file of the folder that is missing or does not fit
 * @throws {RangeError} when the parts do not fit each other
 *
 * @example
 * ```ts
 * import { createStudentModel } from "@potstill";
 * import { initWeights, loadChatTemplate, studentPreset, trainTokenizer } from "@potstill/student";
 * const tokenizer = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });
 * const config = studentPreset("0.3M", tokenizer.vocabSize);
 * const model = await createStudentModel({ config, weights: initWeights(config, 1), tokenizer });
 * const { completions } = await model.complete({
 *   messages: [{ role: "user", content: "a?" }],
 *   maxNewTokens: 3,
 * });
 * if (completions.length !== 1) throw new Error("one completion was asked for");
 * await model.dispose();
 * ```
 */
export async function createStudentModel(
  student: string | StudentParts,
  options: StudentModelOptions = {},
): Promise<StudentModel> {
  const { name, ...engineOptions } = options;
  if (typeof student === "string") {
    const location = await findStudent(student);
    const engine = await StudentEngine.create(await loadStudent(location), {
      ...engineOptions,
      takeWeights: true,
    });
    return new StudentModel(engine, name ?? location.name);
  }
  return new StudentModel(await StudentEngine.create(student, engineOptions), name ?? "student");
}
