import assert from "node:assert/strict";
import {
  flagName,
  type OptionInput,
  type OptionTable,
  readOptionText,
  wantedValue,
} from "@potstill/records/option_table.ts";
import { checkOptions, pickOptions, resolveOptions } from "@potstill/records/resolve_options.ts";

const TABLE = {
  attempts: { type: "integer", min: 1, default: 1, was: ["samples"], description: "Attempts" },
  limit: { type: "integer", min: 1, default: null, description: "First tasks only" },
  topP: { type: "number", above: 0, max: 1, description: "Nucleus" },
  temperature: { type: "number", min: 0, description: "0 is greedy" },
  search: { type: "string", default: "lab", was: ["retriever", "index"], description: "Search" },
  split: { type: "string", choices: ["train", "test"], default: "train", description: "Split" },
  prefix: { type: "boolean", description: "First thought" },
  packages: { type: "string", multiple: true, description: "Python packages" },
  sizes: { type: "integer", min: 1, list: true, description: "Sizes" },
} as const satisfies OptionTable;

const resolve = (given: object) =>
  resolveOptions(TABLE, given as OptionInput<typeof TABLE>, "generate");

Deno.test("defaults are filled in, of the types that the table says", () => {
  const options = resolve({});
  assert.deepEqual(options, {
    attempts: 1,
    limit: null,
    topP: undefined,
    temperature: undefined,
    search: "lab",
    split: "train",
    prefix: false,
    packages: [],
    sizes: undefined,
  });
  const typed: [number, number | null, number | undefined, string, "train" | "test", boolean] = [
    options.attempts,
    options.limit,
    options.topP,
    options.search,
    options.split,
    options.prefix,
  ];
  assert.equal(typed.length, 6);
  // @ts-expect-error a split is one of two texts
  const wrong: OptionInput<typeof TABLE> = { split: "dev" };
  assert.throws(() => resolve(wrong), /split must be one of train, test, it is "dev"/);
});

Deno.test("a value that an option does not take is named", () => {
  const bad = (given: object, message: RegExp) => {
    assert.throws(() => resolve(given), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  };
  bad({ attempts: 0 }, /^Cannot generate: attempts must be a whole number from 1, it is 0$/);
  bad({ attempts: 1.5 }, /attempts must be a whole number from 1, it is 1.5/);
  bad({ attempts: "2" }, /attempts must be a whole number from 1, it is "2"/);
  bad({ attempts: null }, /attempts must be a whole number from 1, it is null/);
  bad({ attempts: [2] }, /attempts must be a whole number from 1, it is \[2\]/);
  bad({ limit: -1 }, /limit must be a whole number from 1, it is -1/);
  bad({ topP: 0 }, /topP must be a number above 0 and at most 1, it is 0/);
  bad({ topP: 1.01 }, /topP .* it is 1.01/);
  bad({ temperature: NaN }, /temperature must be a number from 0, it is NaN/);
  bad({ temperature: Infinity }, /temperature .* it is Infinity/);
  bad({ search: 3 }, /search must be a text, it is 3/);
  bad({ prefix: "yes" }, /prefix must be true or false, it is "yes"/);
  bad({ packages: "sympy" }, /packages must be a list, each a text, it is "sympy"/);
  bad({ sizes: [1, 0] }, /sizes must be a list, each a whole number from 1, it is \[1,0\]/);
  bad({ tempreature: 1 }, /there is no option tempreature; did you mean temperature\?/);
  bad({ constructor: 1 }, /there is no option constructor$/);
});

Deno.test("names of the last version are the present ones", () => {
  assert.deepEqual(
    resolve({ samples: 4, index: "wiki" }),
    resolve({ attempts: 4, search: "wiki" }),
  );
  assert.throws(() => resolve({ samples: 0 }), /attempts must be a whole number from 1, it is 0/);
  assert.throws(
    () => resolve({ attempts: 2, samples: 3 }),
    /samples is the name that attempts had, and both are given/,
  );
  assert.equal(resolve({ attempts: 2, samples: 2 }).attempts, 2);
  assert.equal(resolve({ attempts: undefined, samples: 3 }).attempts, 3);
});

Deno.test("a part of an object is picked by its table", () => {
  const request = { attempts: 2, samples: 3, teacher: "expert", search: undefined, topP: 0.5 };
  assert.deepEqual(pickOptions(TABLE, request), { attempts: 2, topP: 0.5 });
});

Deno.test("what is undefined is not checked", () => {
  checkOptions(TABLE, { attempts: undefined, other: 1 }, "generate");
  assert.throws(() => checkOptions(TABLE, { attempts: 0 }, "generate"), /attempts/);
});

Deno.test("texts are read by the kind of the option", () => {
  assert.equal(readOptionText(TABLE.topP, "0.5"), 0.5);
  assert.equal(readOptionText(TABLE.topP, "0"), undefined);
  assert.equal(readOptionText(TABLE.attempts, " "), undefined);
  assert.deepEqual(readOptionText(TABLE.sizes, "1,2"), [1, 2]);
  assert.equal(readOptionText(TABLE.sizes, "1,"), undefined);
  assert.equal(readOptionText(TABLE.search, "a,b"), "a,b");
  assert.deepEqual([flagName("timeoutMs"), flagName("seed")], ["--timeout-ms", "--seed"]);
  assert.equal(
    wantedValue({ type: "integer", max: 5, description: "" }),
    "a whole number at most 5",
  );
});
