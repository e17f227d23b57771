import type { ChatResponse } from "../chat_model.ts";
import type { JsonValue } from "../../records/json.ts";
import { ApiError } from "../../http/api_error.ts";
import { type AnswerHead, chunkJson, usageChunkJson } from "./completion_json.ts";

/** Options of a stream. */
export interface EventStreamOptions {
  /** Fields that all events share. */
  readonly head: AnswerHead;
  /** Choices in the answer. */
  readonly samples: number;
  /** True if the token counts come last. */
  readonly includeUsage: boolean;
  /** Answers, calling `onText` with parts as they are written where the model can. */
  readonly complete: (
    onText: (sample: number, part: string) => void,
  ) => Promise<ChatResponse>;
  /** Called when the client goes away before the end. */
  readonly onCancel: () => void;
}

/**
 * The answer as server-sent events: the role, the text in parts as the model writes them, the end of
 * each choice, `[DONE]`. An error after the beginning is an event with OpenAI's error object.
 */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { head, samples } = options;
  const encoder = new TextEncoder();
  let isOpen = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (data: JsonValue | "[DONE]") => {
        if (!isOpen) return;
        const text = data === "[DONE]" ? data : JSON.stringify(data);
        controller.enqueue(encoder.encode(`data: ${text}\n\n`));
      };
      for (let i = 0; i < samples; i++) {
        send(chunkJson(head, i, { role: "assistant", content: "" }));
      }
      const written = Array<number>(samples).fill(0);
      const onText = (sample: number, part: string) => {
        if (part === "") return;
        written[sample] += part.length;
        send(chunkJson(head, sample, { content: part }));
      };
      options.complete(onText).then((response) => {
        response.completions.forEach((completion, i) => {
          const rest = completion.text.slice(written[i]);
          if (rest !== "") send(chunkJson(head, i, { content: rest }));
          send(chunkJson(head, i, {}, completion));
        });
        if (options.includeUsage) send(usageChunkJson(head, response));
        send("[DONE]");
      }).catch((error) => {
        const known = error instanceof ApiError ? error : new ApiError(500, String(error.message));
        send(known.toJSON());
      }).finally(() => {
        if (isOpen) controller.close();
        isOpen = false;
      });
    },
    cancel() {
      isOpen = false;
      options.onCancel();
    },
  });
}
