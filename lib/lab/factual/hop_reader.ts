import { type PassageFacts, readPassage } from "../corpus/read_passage.ts";
import type { PastStep } from "../../agent/scripted/read_conversation.ts";
import { Template } from "../template.ts";
import { foldName } from "../world/world.ts";
import { type AttributeName, ATTRIBUTES } from "./attribute.ts";

/**
 * Finds facts in what an agent has thought and seen. What it has stated in a thought holds, right or
 * wrong; the newest statement first, then the passages.
 */
export class HopReader {
  readonly #sentences: readonly string[];
  readonly #passages: readonly PassageFacts[];

  /** Reads the steps once. @param prefix the beginning of the thought that is being written, or empty */
  constructor(steps: readonly PastStep[], prefix = "") {
    this.#sentences = [...steps.map((step) => step.thought), prefix].reverse()
      .flatMap((thought) => thought.split(/(?<=\.)\s+(?=\p{Lu})/u));
    this.#passages = steps.flatMap((step) => step.passages).map(readPassage)
      .filter((facts) => facts !== null);
  }

  /** The value of the subject's attribute, as printed, or null when nothing states it. */
  find(subject: string, name: AttributeName): string | null {
    return this.#stated(subject, name) ?? this.#printed(subject, name);
  }

  /** Values of the attribute that passages give for other subjects. */
  ofOthers(subject: string, name: AttributeName): readonly string[] {
    const { of, fact } = ATTRIBUTES[name];
    const right = this.#printed(subject, name);
    return this.#passages.filter((passage) => passage.kind === of && fact in passage.facts)
      .map((passage) => passage.facts[fact]).filter((value) => value !== right);
  }

  /** Another fact of the passage that holds the subject's attribute, or null. */
  otherFact(subject: string, name: AttributeName): string | null {
    const { fact } = ATTRIBUTES[name];
    const passage = this.#passageOf(subject, name);
    const other = Object.entries(passage?.facts ?? {}).find(([slot]) =>
      slot !== fact && slot !== "kind"
    );
    return other?.[1] ?? null;
  }

  #stated(subject: string, name: AttributeName): string | null {
    const templates = ATTRIBUTES[name].statements.map((statement) =>
      new Template(statement.replaceAll("{x}", capitalised(subject)))
    ).concat(
      ATTRIBUTES[name].statements.map((statement) =>
        new Template(statement.replaceAll("{x}", subject))
      ),
    );
    for (const sentence of this.#sentences) {
      for (const template of templates) {
        const value = template.match(sentence)?.v;
        if (value !== undefined) return value;
      }
    }
    return null;
  }

  #printed(subject: string, name: AttributeName): string | null {
    return this.#passageOf(subject, name)?.facts[ATTRIBUTES[name].fact] ?? null;
  }

  #passageOf(subject: string, name: AttributeName): PassageFacts | undefined {
    const { of, fact } = ATTRIBUTES[name];
    return this.#passages.find((passage) =>
      passage.kind === of && foldName(passage.subject) === foldName(subject) &&
      fact in passage.facts
    );
  }
}

/** A sentence, or a name at the start of one, with a capital letter first. */
export function capitalised(text: string): string {
  return text === "" ? "" : text[0].toUpperCase() + text.slice(1);
}
