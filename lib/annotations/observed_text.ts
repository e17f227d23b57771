import type { ObservedPassage, PastStep } from "../agent/scripted/read_conversation.ts";
import { pythonText } from "./python_text.ts";
import { findName, plainTitle, sameName } from "./text_words.ts";

/** The passages that the searches of an attempt brought, in their order. */
export function passagesOf(steps: readonly PastStep[]): ObservedPassage[] {
  return steps.flatMap(({ passages }) => passages);
}

/** True if one of the steps searched for this query. */
export function hasSearched(steps: readonly PastStep[], query: string): boolean {
  return steps.some(({ code }) => code?.includes(pythonText(query)) ?? false);
}

/** Everything that an attempt may know: the question and what was observed. */
export function knownText(question: string, steps: readonly PastStep[]): string {
  return [question, ...passagesOf(steps).flatMap(({ title, text }) => [title, text])].join("\n");
}

/** True if the passage has this title, with or without what stands in brackets. */
export function hasTitle({ title }: ObservedPassage, wanted: string): boolean {
  return sameName(title, wanted);
}

/** The name as a text writes it: whole, or without what stands in brackets; null when it has neither. */
export function namedIn(name: string, text: string): string | null {
  return findName(name, text) ?? findName(plainTitle(name), text);
}
