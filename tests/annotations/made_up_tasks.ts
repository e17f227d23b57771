import type { Passage, Retriever } from "@potstill/retrieval/retriever.ts";
import { textWords } from "@potstill/annotations/text_words.ts";
import type { Task } from "@potstill/records/task.ts";

/** Passages of a world that does not exist. */
export const passages: readonly Passage[] = [
  ["The Glass Heron (film)", "The Glass Heron is a 1951 film directed by Odo Brandt."],
  [
    "Odo Brandt",
    "Odo Brandt (5 March 1902 – 11 May 1977) was an American director. He was born in Vell.",
  ],
  ["Salt Road", "Salt Road is a 1948 drama directed by Mira Quill and starring Odo Brandt."],
  ["Mira Quill", "Mira Quill, born on 9 April 1899, was a filmmaker from the United States."],
  ["Vell", "Vell is a town on the river Oss. Its mayor is Una Pell."],
  ["Tarn Bells", "The Tarn Bells are a choir. They were founded in 1988 in Vell by Iva Noor."],
  ["Iva Noor", "Iva Noor is a conductor who studied at the Oss Conservatory."],
  ["Low Meadow", "Low Meadow is a song by the Tarn Bells."],
  ["Heron", "Herons are long-legged birds; glass is not eaten by any heron."],
].map(([title, text], i) => ({ id: String(i), title, text }));

/** The passages that share most words with a query; a title counts twice. */
export const search: Retriever = {
  name: "made-up",
  search(query, topK) {
    const wanted = new Set(textWords(query).map(({ word }) => word));
    const score = ({ title, text }: Passage) =>
      [...textWords(title), ...textWords(title), ...textWords(text)]
        .filter(({ word }) => wanted.has(word) && word.length > 2).length;
    return Promise.resolve(
      passages.map((passage) => ({ passage, score: score(passage) }))
        .sort((a, b) => b.score - a.score).slice(0, topK),
    );
  },
};

const task = (fields: Partial<Task> & Pick<Task, "id" | "question" | "answer">): Task => ({
  benchmark: "made-up",
  split: "train",
  kind: "qa",
  ...fields,
});

const hop = (subject: string, relation: string, answer: string, title: string) => ({
  subject,
  relation,
  answer,
  title,
});

/** Tasks in the forms of the annotated data sets, by what they are. */
export const tasks = {
  chain: task({
    id: "chain",
    question: "When was the director of film The Glass Heron born?",
    answer: "March 5, 1902",
    type: "compositional",
    annotation: {
      hops: [
        {
          ...hop("The Glass Heron", "director", "Odo Brandt", "The Glass Heron (film)"),
          question: "Who is the director of the film The Glass Heron?",
        },
        {
          ...hop("Odo Brandt", "date of birth", "March 5, 1902", "Odo Brandt"),
          question: "When was Odo Brandt born?",
        },
      ],
      explanation: "Odo Brandt directed it and was born on March 5, 1902.",
    },
  }),
  older: task({
    id: "older",
    question: "Which film has the director who is older, The Glass Heron or Salt Road?",
    answer: "Salt Road",
    type: "bridge_comparison",
    annotation: {
      hops: [
        hop("The Glass Heron", "director", "Odo Brandt", "The Glass Heron (film)"),
        hop("Salt Road", "director", "Mira Quill", "Salt Road"),
        hop("Odo Brandt", "date of birth", "5 March 1902", "Odo Brandt"),
        hop("Mira Quill", "date of birth", "April 9, 1899", "Mira Quill"),
      ],
    },
  }),
  sameCountry: task({
    id: "same-country",
    question: "Do Odo Brandt and Mira Quill have the same nationality?",
    answer: "yes",
    type: "comparison",
    annotation: {
      hops: [
        hop("Odo Brandt", "country of citizenship", "American", "Odo Brandt"),
        hop("Mira Quill", "country of citizenship", "U.S.", "Mira Quill"),
      ],
    },
  }),
  decomposed: task({
    id: "decomposed",
    question: "Where did the founder of the group that sings Low Meadow study?",
    answer: "Oss Conservatory",
    annotation: {
      hops: [
        { question: "Low Meadow >> performer", answer: "Tarn Bells", title: "Low Meadow" },
        { question: "who founded #1", answer: "Iva Noor", title: "Tarn Bells" },
        { question: "#2 >> educated at", answer: "Oss Conservatory", title: "Iva Noor" },
      ],
    },
  }),
  facts: task({
    id: "facts",
    question: "Who is the mayor of the town where the Tarn Bells were founded?",
    answer: "Una Pell",
    annotation: {
      facts: [
        { title: "Tarn Bells", sentence: "They were founded in 1988 in Vell by Iva Noor." },
        { title: "Vell", sentence: "Its mayor is Una Pell." },
      ],
    },
  }),
  both: task({
    id: "both",
    question: "Are Odo Brandt and Mira Quill both filmmakers?",
    answer: "yes",
    annotation: { facts: [{ title: "Odo Brandt" }, { title: "Mira Quill" }] },
  }),
  story: task({
    id: "story",
    kind: "math",
    question: "Una has 48 eggs. She sells half and then 5 a day for 3 days. What is left?",
    answer: "9",
    annotation: {
      solution: "Una sells 48/2 = <<48/2=24>>24 eggs.\nThen she sells 5*3 = <<5*3=15>>15 eggs.\n" +
        "So 24 eggs - 15 eggs = 9 eggs are left.\n#### 9",
    },
  }),
  equation: task({
    id: "equation",
    kind: "math",
    question: "There are 290 bells in 2 towers, as many in each. How many are in one?",
    answer: "145.0",
    annotation: { equation: "( 290.0 / 2.0 )" },
  }),
  program: task({
    id: "program",
    kind: "math",
    question: "A bell weighs 1234567 grams, and 3 are cast. How much do they weigh?",
    answer: "3703701",
    annotation: {
      program: "def solution():\n    bell = 1234567\n    result = bell * 3\n    return result",
    },
  }),
} as const;
