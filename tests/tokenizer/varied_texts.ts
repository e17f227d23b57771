import { Random } from "../../lib/records/random.ts";

/** Texts of many scripts and kinds, of which {@link variedTexts} takes pieces. */
const SAMPLES: readonly string[] = [
  "Hello world, it's 2024!",
  "O'Reilly's I'LL we've DON'T 'tis 'S 'Re",
  "नमस्ते दुनिया १२३ क्षत्रिय ज़्",
  "你好，世界。今天天气很好。",
  "日本語のテキスト、カタカナ",
  "안녕하세요 세계",
  "Привет, мир! Ёлка",
  "مرحبا بالعالم ١٢٣ لَا ﷽",
  "ไทยภาษา การทดสอบ ๑๒๓",
  "தமிழ் తెలుగు ខ្មែរ ᏣᎳᎩ ⵜⵉⴼⵉⵏⴰⵖ",
  "😀😃🤖👨‍👩‍👧‍👦 🇫🇷🇩🇪 👍🏽",
  "def f(x):\n    return x**2  # square\n\n\nclass A:\n\tpass",
  'for (int i = 0; i < 10; ++i) { a[i] += "x\\n"; }',
  "  leading and   many    spaces     ",
  "\t\t\n\n\n \n  \r\n\r\n \r x",
  "3.14159 1,234,567.89 0x1F 1e-10 ½ ² Ⅳ ① 12 123 1234",
  "e\u0301 o\u0308 A\u030a \u1112\u1161\u11ab ﬁ Å K ſ İ",
  "https://example.com/a?b=c&d=e#f user@mail.org",
  '{"a": [1, 2, {"b": null}]}',
  "$E = mc^2$ \\frac{a}{b} ∑ ∫ ≤ ∞",
  "<b>x</b> <table> <unused1> [multimodal] <0x0A>",
  "<|im_end|>",
  "<|im_start|>user",
  "<|endoftext|>",
  "<bos><eos></s><s>",
  "<end_of_turn>",
  "<|eot_id|><|start_header_id|>",
  "<think></think><tool_call>",
  "\ufeffzero\u200bwidth \u00a0nbsp \u3000wide\u2028ls\u0085nel\u1680ogham",
  "snake_case CamelCase mno-pqr GHI_jkl",
  "\x00\x01 control \x07\x1b[0m \x7f",
  "🂡 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𒀀 𐍈 \ue000\ufffd",
  "aaaaaaaaaaaaaaaa".repeat(12),
  "Donaudampfschifffahrtsgesellschaftskapitän".repeat(3),
  "=-".repeat(60),
  "’s “quoted” ‘x’ … – —",
  "a\u00adb\u200d\u200c\u200f\u202e",
];
const JOINTS = ["", " ", "\n", "  ", "\t", ".", "\r\n", "'"];

/** Ranges of characters that texts get at random. */
const RANGES = [[0x20, 0x2fff], [0x3000, 0xd7ff], [0xe000, 0xffff], [0x10000, 0x2ffff]] as const;

/**
 * Texts of code, names, digits, emoji, many scripts, runs of white space, control characters and
 * spelled special tokens, in pieces; the first are {@link SAMPLES} whole.
 */
export function variedTexts(count: number, seed: string): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => SAMPLES[i] ?? varied(random));
}

function varied(random: Random): string {
  let text = "";
  for (let n = random.integer(1, 6); n > 0; n--) {
    const characters = [...random.pick(SAMPLES)];
    const from = random.integer(0, characters.length);
    text += characters.slice(from, random.integer(from, characters.length)).join("");
    text += random.pick(JOINTS);
  }
  for (let n = random.chance(0.25) ? random.integer(1, 12) : 0; n > 0; n--) {
    const [low, high] = random.pick(RANGES);
    text += String.fromCodePoint(random.integer(low, high));
  }
  return text === "" ? "-" : text;
}
