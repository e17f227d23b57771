import type { JsonValue } from "../../records/json.ts";
import {
  adaptToRejection,
  type CapabilityOverrides,
  type EndpointCapabilities,
  leastCapabilities,
  type PrefixMode,
} from "./capabilities.ts";
import { EndpointFailure } from "./endpoint_error.ts";
import { stripThinking } from "../../records/turn/strip_thinking.ts";
import { planRequest } from "./request_body.ts";
import { sleep } from "../../runs/sleep.ts";
import type { EndpointWait } from "./openai_model.ts";
import type { EndpointClient, RequestBody, WireAnswer, WireModel } from "./wire.ts";

/** Options of {@link probeCapabilities}. */
export interface ProbeOptions {
  /** Capabilities that are known already and not probed. */
  readonly overrides?: CapabilityOverrides;
  /** Fields added to every request. */
  readonly extraBody?: RequestBody;
  /** Time allowed to each request. @default 60000 */
  readonly timeoutMs?: number;
  /** Longest single wait, however long the endpoint asks to wait. @default 60000 */
  readonly maxRetryWaitMs?: number;
  /** Told of each wait before a request is sent again. */
  readonly onWait?: (wait: EndpointWait) => void;
  /** Ends the probe. */
  readonly signal?: AbortSignal;
}

// What follows is unmistakable: "six" goes on, "one" begins again.
const QUESTION =
  "Write the numbers from one to ten as English words in lower case, separated by a comma and a space. Write nothing else.";
const STARTED = "one, two, three, four, five,";

/** Characters; the words from six to ten have 29. */
const MOST_OF_THREE_TOKENS = 24;

type PrefixOutcome = "continued" | "echoed" | "restarted" | "unclear" | "rejected";

/**
 * Finds out what an endpoint can do with a handful of requests of a few tokens each: how it
 * continues a started message, whether it takes `n` and `stop`, whether it gives
 * log-probabilities. The list of models (kind of server, prices) decides the order of the trials.
 *
 * @throws {EndpointFailure} when the endpoint cannot be reached or refuses to serve
 */
export async function probeCapabilities(
  client: EndpointClient,
  model: string,
  options: ProbeOptions = {},
): Promise<EndpointCapabilities> {
  const probe = new Probe(client, model, options);
  return await probe.run();
}

class Probe {
  readonly #client: EndpointClient;
  readonly #model: string;
  readonly #options: ProbeOptions;
  readonly #notes: string[] = [];
  #found: EndpointCapabilities = leastCapabilities;
  #answers = 0;
  #toldReason = false;

  constructor(client: EndpointClient, model: string, options: ProbeOptions) {
    this.#client = client;
    this.#model = model;
    this.#options = options;
  }

  async run(): Promise<EndpointCapabilities> {
    const { overrides = {} } = this.#options;
    const listed = await this.#listed();
    this.#found = { ...this.#found, prices: pricesOf(listed) };
    if (listed?.owned_by === "potstill") {
      this.#notes.push("Potstill's own server, which reports its capabilities");
      return {
        ...this.#found,
        prefix: overrides.prefix ?? "vllm",
        samples: overrides.samples ?? "native",
        stop: overrides.stop ?? "native",
        logprobs: overrides.logprobs ?? listed.capabilities?.logprobs === true,
        ...(listed.capabilities?.grammars === undefined
          ? {}
          : { grammars: listed.capabilities.grammars }),
        notes: this.#notes,
      };
    }
    const samples = overrides.samples ?? await this.#samples();
    this.#found = { ...this.#found, samples };
    const logprobs = overrides.logprobs ?? await this.#logprobs();
    this.#found = { ...this.#found, logprobs };
    const stop = overrides.stop ?? await this.#stop();
    this.#found = { ...this.#found, stop };
    const prefix = overrides.prefix ?? await this.#prefix(dialectOf(listed));
    if (this.#toldReason || this.#answers === 0) {
      return { ...this.#found, prefix, notes: this.#notes };
    }
    this.#notes.push(
      "finish_reason: not given; whole turns cannot be told from cut ones, and none is trained on",
    );
    return { ...this.#found, finishReasons: false, prefix, notes: this.#notes };
  }

  async #listed(): Promise<WireModel | null> {
    const { timeoutMs = 60_000, signal } = this.#options;
    const models = await this.#client.models(timeoutMs, signal).catch((error) => {
      if (error instanceof EndpointFailure && error.kind !== "refused") return null;
      throw error;
    });
    if (models === null) return null;
    const listed = models.find(({ id }) => id === this.#model) ?? null;
    if (listed === null && models.length > 0) {
      const names = models.slice(0, 8).map(({ id }) => id).join(", ");
      this.#notes.push(`the endpoint does not list ${this.#model}; it lists ${names}`);
    }
    return listed;
  }

  async #samples(): Promise<"native" | "emulated"> {
    const answer = await this.#ask({ n: 2, max_tokens: 1, temperature: 1 }, ["n"]);
    const count = answer?.choices?.length ?? 0;
    this.#notes.push(
      answer === null ? "n: rejected, emulated" : `n: asked for 2, got ${count}`,
    );
    return count === 2 ? "native" : "emulated";
  }

  async #logprobs(): Promise<boolean> {
    const answer = await this.#ask({ logprobs: true, max_tokens: 2 }, ["logprobs"]);
    const has = (answer?.choices?.[0]?.logprobs?.content?.length ?? 0) > 0;
    this.#notes.push(`logprobs: ${has ? "given" : "not given"}`);
    return has;
  }

  async #stop(): Promise<"native" | "client"> {
    const answer = await this.#ask({ stop: ["three"], max_tokens: 24 }, ["stop"]);
    this.#notes.push(`stop: ${answer === null ? "rejected, cut on the client" : "accepted"}`);
    return answer === null ? "client" : "native";
  }

  async #prefix(dialect: PrefixMode | null): Promise<PrefixMode> {
    const modes: PrefixMode[] = ["vllm", "llama.cpp", "sglang", "plain", "prefix-field"];
    if (dialect !== null) modes.unshift(...modes.splice(modes.indexOf(dialect), 1));
    for (const mode of modes) {
      const outcome = await this.#continues(mode);
      this.#notes.push(`prefix ${mode}: ${outcome}`);
      if (outcome === "continued") return mode;
      if (outcome === "echoed") {
        this.#found = { ...this.#found, prefixEcho: true };
        return mode;
      }
      // A small model may write nonsense; the server's kind is then the better witness.
      if (outcome === "unclear" && mode === dialect) return mode;
    }
    return "emulated";
  }

  async #continues(mode: PrefixMode): Promise<PrefixOutcome> {
    const text = await this.#replyToStarted(mode, 24);
    if (text === null) return "rejected";
    // A reply that repeats the beginning may be an echo or a new turn.
    if (/^[\s,]*six\b/i.test(text)) return "continued";
    if (!/\b(?:one|five)\b/i.test(text)) return "unclear";
    if (!text.startsWith(STARTED)) return "restarted";
    // Nobody writes five words anew with three tokens, unless it takes no notice of their number.
    const short = await this.#replyToStarted(mode, 3) ?? "";
    const isShort = short.length <= STARTED.length + MOST_OF_THREE_TOKENS;
    return short.startsWith(STARTED) && isShort ? "echoed" : "restarted";
  }

  /** The reply to a started message, or null when the endpoint rejects the way of asking. */
  async #replyToStarted(mode: PrefixMode, maxNewTokens: number): Promise<string | null> {
    const request = {
      messages: [
        { role: "user", content: QUESTION },
        { role: "assistant", content: STARTED },
      ],
      maxNewTokens,
    } as const;
    const plan = planRequest(
      this.#model,
      request,
      { ...this.#found, prefix: mode },
      { samples: 1, seedOffset: 0, isRepeat: false },
      this.#options.extraBody,
    );
    const answer = await this.#send(plan.body).catch((error) => {
      if (error instanceof EndpointFailure && error.kind === "rejected") return null;
      throw error;
    });
    if (answer === null) return null;
    return stripThinking(String(answer.choices?.[0]?.message?.content ?? "")).trim();
  }

  /** The answer, or null when the endpoint rejects one of `fields`. */
  async #ask(
    extra: Record<string, JsonValue>,
    fields: readonly string[],
  ): Promise<WireAnswer | null> {
    const { max_tokens: maxTokens, ...others } = extra;
    for (;;) {
      const plan = planRequest(
        this.#model,
        { messages: [{ role: "user", content: QUESTION }], maxNewTokens: Number(maxTokens) },
        this.#found,
        { samples: 1, seedOffset: 0, isRepeat: false },
        { ...this.#options.extraBody, ...others },
      );
      try {
        return await this.#send(plan.body);
      } catch (error) {
        if (!(error instanceof EndpointFailure) || error.kind !== "rejected") throw error;
        const known = Object.fromEntries(
          Object.entries(plan.body).filter(([name]) => !fields.includes(name)),
        );
        const adapted = adaptToRejection(this.#found, error, known);
        if (adapted === null) return null;
        this.#found = adapted;
        this.#notes.push(`rejected: ${error.message}`);
      }
    }
  }

  async #send(body: RequestBody): Promise<WireAnswer> {
    const { timeoutMs = 60_000, maxRetryWaitMs = 60_000, onWait, signal } = this.#options;
    for (let failures = 0;; failures++) {
      try {
        const answer = await this.#client.send(body, timeoutMs, signal);
        const choices = answer.choices ?? [];
        if (choices.length > 0 || failures >= 5) {
          this.#answers += choices.length;
          this.#toldReason ||= choices.some((choice) => choice.finish_reason);
          return answer;
        }
        throw new EndpointFailure("transient", "the answer has no choice");
      } catch (error) {
        const isFinal = !(error instanceof EndpointFailure) || error.kind === "rejected" ||
          error.kind === "refused" || failures >= 5;
        if (isFinal) throw error;
        const { retryAfterMs: askedMs, message: reason } = error;
        const waitMs = Math.min(maxRetryWaitMs, Math.max(askedMs ?? 0, 300 * 2 ** failures));
        onWait?.({ reason, waitMs, askedMs });
        await sleep(waitMs, signal);
      }
    }
  }
}

function dialectOf(listed: WireModel | null): PrefixMode | null {
  const owner = listed?.owned_by?.toLowerCase() ?? "";
  if (owner.includes("vllm")) return "vllm";
  if (owner.includes("sglang")) return "sglang";
  if (owner.includes("llamacpp") || owner.includes("llama.cpp")) return "llama.cpp";
  return null;
}

function pricesOf(listed: WireModel | null): { input: number; output: number } | null {
  const input = Number(listed?.pricing?.prompt);
  const output = Number(listed?.pricing?.completion);
  if (listed?.pricing === undefined || !(input >= 0) || !(output >= 0)) return null;
  return { input: input * 1e6, output: output * 1e6 };
}
