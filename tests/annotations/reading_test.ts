import assert from "node:assert/strict";
import { valueOf } from "@potstill/annotations/arithmetic.ts";
import { calculationsOf } from "@potstill/annotations/calculation.ts";
import { comparisonOf } from "@potstill/annotations/comparison.ts";
import { countryOf } from "@potstill/annotations/countries.ts";
import { datesIn } from "@potstill/annotations/dates.ts";
import { findAnswer } from "@potstill/annotations/find_answer.ts";

Deno.test("an answer is found in the ways in which passages write it", () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ["Géza von Alm", "Geza von Alm (born 1899) directed it.", "Geza von Alm"],
    ["the Church of Oss", "a priest of the Church of Oss", "the Church of Oss"],
    ["October 5, 1987", "(born 5 October 1987 in Vell)", "5 October 1987"],
    ["5 October 1987", "born October 5th, 1987.", "October 5th, 1987"],
    ["1987-10-05", "on 5 October 1987", "5 October 1987"],
    ["October 5, 1987", "born 6 October 1987", null],
    ["1950", "It came out on 3 May 1950.", "1950"],
    ["U.S.", "an American painter", "American"],
    ["American", "He lives in the US.", "US"],
    ["American", "They let us go.", null],
    ["India", "an Indian poet", "Indian"],
    ["Italian", "He moved to Italy.", "Italy"],
    ["Italian", "an Irish poet", null],
    ["Leopold Fane", "Leopold Fabius Dietegan Fane was born", "Leopold Fabius Dietegan Fane"],
    ["Ann Reed", "Ann went home. Long after this day Bo Reed came.", null],
    ["35", "There are 350 stores, 35 of them here.", "35"],
    ["35", "There are 350 stores.", null],
    ["cat", "a category", null],
  ];
  for (const [answer, text, wanted] of cases) {
    assert.equal(findAnswer(answer, text), wanted, `${answer} in ${text}`);
  }
  assert.equal(countryOf("British"), "United Kingdom");
  assert.equal(countryOf("a table"), null);
  assert.equal(datesIn("between 1901 and May 1902").map(({ year }) => year).join(), "1901,1902");
});

Deno.test("calculations are read from notes and from equations, with names for their results", () => {
  const read = (solution: string, question = "?") =>
    calculationsOf(solution, question).map(({ name, code, value }) => [name, code, value]);
  assert.deepEqual(
    read("Tim has 68-30 = <<68-30=38>>38 apples.\nHarry has 38/2 = <<38/2=19>>19 apples."),
    [
      ["tim_apples", "68 - 30", 38],
      ["harry_apples", "tim_apples / 2", 19],
    ],
  );
  const codes: readonly (readonly [string, string | undefined])[] = [
    ["so 20/4 = $5", "20 / 4"],
    ["3950 cases - 200 cases = 3750 cases", "3950 - 200"],
    ["it earns $5,400/week * 4 weeks = $21,600", "5400 * 4"],
    ["The tax is $40 x 10% = $4.", "40 * (10 / 100)"],
    ["40% + 20% = 60%", "100 * ((40 / 100) + (20 / 100))"],
    ["Female: 44(.50)=22", "44 * (0.5)"],
    ["12/60 = $<<12/60=.2>>.2 per minute", "12 / 60"],
    ["10/3 = <<10/3=3>>3 whole boxes", "int(10 / 3)"],
    ["10/3 = <<10/3=3.33>>3.33", "round(10 / 3, 2)"],
    ["2+2 = <<2+2=5>>5", undefined],
    ["2p/5 = (p+600)/4", undefined],
    ["x = 5 and 6t = 30", undefined],
    ["1 1/2 + 2 = 3 1/2", undefined],
    ["<<6=6>>6 ounces", undefined],
  ];
  for (const [line, code] of codes) {
    assert.equal(calculationsOf(line, "?").at(-1)?.code, code, line);
  }
  // A number of the question stays a number, though a result has the same value.
  assert.equal(
    read("1+1 = <<1+1=2>>2 dogs\n2*3=<<2*3=6>>6 legs", "There are 2 cats").at(-1)![1],
    "2 * 3",
  );
  assert.equal(valueOf("2 ** 3 - (4 // 3) * -1"), 9);
  assert.equal(valueOf("1 / 0"), null);
  assert.equal(valueOf("(1 + 2"), null);
  assert.equal(valueOf("__import__"), null);
});

Deno.test("comparisons are worked out as the question asks", () => {
  const born = (name: string, text: string) => ({ name, relation: "date of birth", text });
  const died = (name: string, text: string) => ({ name, relation: "date of death", text });
  const [ann, bo] = [born("Ann", "3 May 1900"), born("Bo", "1899")];
  assert.match(comparisonOf("Who is older, Ann or Bo?", [ann, bo])!.code, /min\([^]*|"Bo": 1899/);
  assert.match(comparisonOf("Who is younger, Ann or Bo?", [ann, bo])!.code, /max\(/);
  assert.match(comparisonOf("Who was born later, Ann or Bo?", [ann, bo])!.code, /max\(/);
  assert.match(comparisonOf("Which came out first, Ann or Bo?", [ann, bo])!.code, /min\(/);
  const lives = [ann, bo, died("Ann", "1970"), died("Bo", "2 May 1980")];
  assert.match(comparisonOf("Who lived longer, Ann or Bo?", lives)!.code, /max\(years/);
  assert.equal(comparisonOf("Who lived longer, Ann or Bo?", [ann, bo]), null);
  assert.equal(comparisonOf("Which is more blue, Ann or Bo?", [ann, bo]), null);
  assert.equal(comparisonOf("Who is older, Ann or Bo?", [ann, born("Bo", "unknown")]), null);
  const from = (name: string, text: string) => ({ name, relation: "country", text });
  const same = comparisonOf("Are A and B from the same country?", [
    from("A", "U.S."),
    from("B", "American"),
  ])!;
  assert.equal(same.code.match(/United States/g)?.length, 2, same.code);
});
