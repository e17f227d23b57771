import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex, type BuildIndexOptions } from "@potstill/retrieval/index/build_index.ts";
import { passageSource } from "@potstill/retrieval/index/passage_source.ts";
import { connectIndex } from "@potstill/retrieval/index/index_location.ts";
import { readAbout } from "@potstill/retrieval/index/index_about.ts";
import { type LanceIndex, openIndex } from "@potstill/retrieval/lance_index.ts";
import { foldText } from "@potstill/retrieval/words/fold_text.ts";
import { passageWords, queryWords } from "@potstill/retrieval/words/search_words.ts";

async function withIndex(
  passages: Readonly<Record<string, string>>,
  body: (index: LanceIndex, folder: string) => Promise<void>,
  options: BuildIndexOptions = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-words-"));
  try {
    const list = Object.entries(passages).map(([title, text]) => ({ id: title, title, text }));
    await buildIndex(join(folder, "index"), passageSource("p", list), options);
    const index = await openIndex(join(folder, "index"));
    try {
      await body(index, join(folder, "index"));
    } finally {
      index.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const first = async (index: LanceIndex, query: string) =>
  (await index.search(query, 1))[0]?.passage.id;

Deno.test("Korean words are found with other endings", async () => {
  const passages = {
    "서울": "서울은 대한민국의 수도이다.",
    "부산": "부산에는 항구가 있습니다.",
    "제주": "제주도".normalize("NFD") + "는 섬이다.",
  };
  await withIndex(passages, async (index) => {
    assert.equal(await first(index, "대한민국 수도"), "서울");
    assert.equal(await first(index, "항구"), "부산");
    assert.equal(await first(index, "제주도의 섬"), "제주");
  });
});

Deno.test("letters are one however they are written", () => {
  for (
    const [a, b] of [
      ["Gdańsk", "GDANSK"],
      ["São Tomé", "Sa\u0303o Tome\u0301"],
      ["Ångström", "angstrom"],
      ["Nguyễn", "Nguye\u0302\u0303n"],
      ["Þórshöfn", "thorshofn"],
      ["Łódź", "lodz"],
      ["ΣΊΣΥΦΟΣ", "σισυφος"],
      ["Ёлка", "елка"],
      ["مُحَمَّد", "محمد"],
      ["بـــغداد", "بغداد"],
      ["בְּרֵאשִׁית", "בראשית"],
      ["İzmir", "izmir"],
      ["ﬂuﬀy", "fluffy"],
      ["Ｔｏｋｙｏ", "tokyo"],
      ["ｶﾞｽ", "ガス"],
      ["co\u00adoperate", "cooperate"],
      ["क़लम", "क\u093cलम"],
    ]
  ) assert.equal(foldText(a), foldText(b), a);
  // Vowel signs are no accents: these are different words.
  assert.notEqual(foldText("दिन"), foldText("दान"));
  assert.notEqual(foldText("கல்"), foldText("கால்"));
  assert.notEqual(foldText("ガス"), foldText("カス"));
});

Deno.test("words of queries and passages", () => {
  assert.equal(queryWords("Who wrote the Odyssey?"), "=who_wrote_the_odyssey who wrote odyssey");
  assert.equal(queryWords("Not to be"), "=not_to_be not to be");
  assert.equal(queryWords(" ?!… "), "");
  assert.equal(queryWords("👩‍🚀 🇳🇵"), "=👩_🚀_🇳🇵 👩 🚀 🇳🇵");
  assert.equal(queryWords("東京都"), "=東京_京都 東京 京都");
  assert.equal(passageWords("", "東京x"), "東京 東 京 x");
  assert.equal(passageWords("If (film)", "A"), "=if_film =if if film a");
  assert.equal(passageWords("", "x".repeat(5000)).length, 100);
});

Deno.test("passages in many scripts are found, in each way of writing them", async () => {
  await withIndex({
    "Nepali": "नेपाली भाषा नेपालमा बोलिन्छ।",
    "Bengali": "বাংলা ভাষা",
    "Telugu": "తెలుగు",
    "Malayalam": "മലയാളത്തിൽഎഴുതപ്പെട്ടപുസ്തകം",
    "Lao": "ພາສາລາວ",
    "Khmer": "ភាសាខ្មែរ",
    "Chinese": "北京大学是中国的一所大学。",
    "Japanese": "富士山は日本で一番高い山です。",
    "Persian": "زبان فارسی",
    "Hebrew": "בְּרֵאשִׁית בָּרָא",
    "Dvořák": "Antonín Dvořák composed.",
    "Nguyen": "Nguye\u0302\u0303n Du",
    "Rocket": "We 🚀 to the moon",
    "Strauß": "Walzer",
  }, async (index) => {
    for (
      const [query, id] of [
        ["नेपाली", "Nepali"],
        ["বাংলা", "Bengali"],
        ["తెలుగు", "Telugu"],
        ["മലയാളത്തിൽഎഴുതപ്പെട്ടപുസ്തകം", "Malayalam"],
        ["ລາວ", "Lao"],
        ["ខ្មែរ", "Khmer"],
        ["大学", "Chinese"],
        ["中国", "Chinese"],
        ["日本", "Japanese"],
        ["山", "Japanese"],
        ["فارسي", "Persian"],
        ["בראשית", "Hebrew"],
        ["Dvorak", "Dvořák"],
        ["DVOR\u030cA\u0301K", "Dvořák"],
        ["nguyen", "Nguyen"],
        ["Nguyễn", "Nguyen"],
        ["🚀", "Rocket"],
        ["strauss", "Strauß"],
      ]
    ) assert.equal(await first(index, query), id, query);
    for (const query of ["", "?!", "\u0301", "'; DROP TABLE", "a:b AND (c", '"', "\ud800", "\0"]) {
      await index.search(query, 3);
    }
  });
});

Deno.test("stop words alone find the titles that they make", async () => {
  const filler = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [
      `Filler ${i}`,
      `It was not to be that they will be with the one who is in it or on it, no ${i}.`,
    ]),
  );
  await withIndex({
    ...filler,
    "If": "A film of 1968.",
    "The The": "A band.",
    "It (novel)": "A novel by Stephen King.",
    "No (film)": "A film on Chile.",
    "Not to Be": "A song.",
  }, async (index) => {
    for (
      const [query, id] of [
        ["if", "If"],
        ["The The", "The The"],
        ["It", "It (novel)"],
        ["No", "No (film)"],
        ["not to be?", "Not to Be"],
      ]
    ) assert.equal(await first(index, query), id, query);
  });
});

Deno.test("an index of the former version is searched as it was", async () => {
  await withIndex({ "Birch": "A white tree", "Cedar": "The brown trees of Beyoncé" }, async (i) => {
    assert.equal(i.about.format, 2);
    assert.equal(await first(i, "a tree's white bark"), "Birch");
    assert.equal(await first(i, "Beyonce\u0301"), "Cedar");
    assert.deepEqual(await i.search("the", 1), []);
  }, { words: "lancedb" });
});

Deno.test("an index of an unknown version is refused", async () => {
  await withIndex({ "Birch": "A tree" }, async (_, folder) => {
    const db = await connectIndex(folder);
    const { complete } = await readAbout(db);
    const table = await db.openTable("about");
    await table.update({
      where: "key = 'complete'",
      values: { json: JSON.stringify({ ...complete, format: 9 }) },
    });
    db.close();
    await assert.rejects(
      openIndex(folder),
      /has format 9, this version reads 2 and 3; build it anew/,
    );
  });
});
