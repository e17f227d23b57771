import type { Random } from "../records/random.ts";

/** A text as a Python literal, with quotes and line breaks escaped. */
export function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** Python that searches for one or several queries and prints what is found. */
export function searchCode(queries: readonly string[], random: Random): string {
  const texts = queries.map(pythonText);
  if (texts.length === 1) {
    return random.pick([
      `print(web_search(${texts[0]}))`,
      `passages = web_search(${texts[0]})\nprint(passages)`,
      `query = ${texts[0]}\nprint(web_search(query))`,
    ]);
  }
  return random.pick([
    `for query in [${texts.join(", ")}]:\n    print(web_search(query))`,
    texts.map((text) => `print(web_search(${text}))`).join("\n"),
    `queries = [${texts.join(", ")}]\nfor query in queries:\n    print(web_search(query))`,
  ]);
}

/** Python that gives the answer. */
export function answerCode(answer: string, random: Random): string {
  return random.pick([
    `final_answer(${pythonText(answer)})`,
    `answer = ${pythonText(answer)}\nfinal_answer(answer)`,
  ]);
}
