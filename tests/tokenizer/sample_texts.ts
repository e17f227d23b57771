import { Random } from "../../lib/records/random.ts";

/** Agent-like texts about made-up places, for tests of tokenizers. */
export function sampleTexts(count: number, seed: string): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const [place, city] = [madeUpName(random), madeUpName(random)];
    const number = random.integer(0, 99_999_999);
    return [
      `Thought: I need the capital of ${place}. I search for it first.`,
      "Code:\n```py\n" + `for x in web_search("capital of ${place}"):\n    print(x)\n` +
      "```<end_code>",
      `Observation: The capital of ${place} is "${city}" (population ${number}).`,
      `Code:\n\`\`\`py\nfinal_answer(${random.chance(0.5) ? `"${city}"` : `${number} * 3 / 7`})\n` +
      "```<end_code>",
    ].join("\n");
  });
}

/** A capitalised name that no text held before, as far as chance goes. */
export function madeUpName(random: Random): string {
  const syllables = [
    "ka",
    "ro",
    "vél",
    "min",
    "ost",
    "ur",
    "lé",
    "ban",
    "søn",
    "qui",
    "thra",
    "dze",
  ];
  const word = () => {
    let out = "";
    for (let n = random.integer(1, 3); n >= 0; n--) out += random.pick(syllables);
    return out[0].toUpperCase() + out.slice(1);
  };
  const joint = random.pick([" ", "-", "'", " of ", ". ", ""]);
  return joint === "" ? word() : word() + joint + word();
}
