import type { Random } from "../../records/random.ts";
import type { Problem, Skill } from "../expert/skill.ts";
import type { QuestionDraft, QuestionFamily, Split } from "../question_family.ts";
import { Template } from "../template.ts";
import { drawWords, type MathKind, WORD_SLOTS } from "./math_kind.ts";
import { MathProblem } from "./math_problem.ts";
import { belongsTo, numberPairs } from "./number_pairs.ts";
import { rationalText } from "./rational_text.ts";

const MAX_NUMBER_DRAWS = 300;

/**
 * Makes a kind of problem a question family: it writes questions whose number pairs belong to the
 * split, and recognises its own wordings.
 */
export function mathFamily(kind: MathKind): QuestionFamily {
  const templates = kind.templates.map((text) => new Template(text, slotPatterns(text)));
  const skill: Skill = {
    name: kind.name,
    recognise: (question) => recognise(kind, templates, question),
  };
  return {
    name: kind.name,
    kind: "math",
    skill,
    draw: (random, split) => draw(kind, templates, random, split),
  };
}

function draw(
  kind: MathKind,
  templates: readonly Template[],
  random: Random,
  split: Split,
): QuestionDraft | null {
  const template = random.pick(templates);
  const words = drawWords(random);
  for (let attempt = 0; attempt < MAX_NUMBER_DRAWS; attempt++) {
    const numbers = kind.draw(random);
    if (numbers === null) continue;
    const question = template.render({ ...words, ...numbers });
    if (!belongsTo(question, split)) continue;
    const answer = kind.solve(toBigInts(numbers));
    if (answer === null) continue;
    return {
      question,
      answer: rationalText(answer),
      level: kind.level,
      keys: numberPairs(question),
    };
  }
  return null;
}

function recognise(
  kind: MathKind,
  templates: readonly Template[],
  question: string,
): Problem | null {
  const asked = question.trim();
  for (const template of templates) {
    const slots = template.match(asked);
    if (slots === null) continue;
    const numbers = Object.entries(slots).filter(([slot]) => !(slot in WORD_SLOTS));
    return new MathProblem(kind, toBigInts(Object.fromEntries(numbers)));
  }
  return null;
}

function toBigInts(numbers: Readonly<Record<string, number | string>>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(numbers).map(([slot, n]) => [slot, BigInt(n)]));
}

/** Words for word slots, digits for all others. */
function slotPatterns(text: string): Record<string, string> {
  const slots = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  return Object.fromEntries(
    slots.map((slot) => [slot, slot in WORD_SLOTS ? WORD_SLOTS[slot].join("|") : "\\d+"]),
  );
}
