import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { TemplateError } from "@potstill/tokenizer/jinja/budget.ts";
import { JinjaTemplate, type RenderOptions } from "@potstill/tokenizer/jinja/jinja_template.ts";
import { MarkedText, plain, spansOf } from "@potstill/tokenizer/jinja/marked_text.ts";
import { toValue } from "@potstill/tokenizer/jinja/to_value.ts";

function render(
  template: string,
  variables: Readonly<Record<string, unknown>> = {},
  options: RenderOptions = {},
): string {
  const values = Object.entries(variables).map(([name, value]) => [name, toValue(value)]);
  return plain(new JinjaTemplate(template).render(Object.fromEntries(values), options));
}

type Result = { readonly want?: string; readonly error?: string };

/** What Python renders; the file names the versions, and `make_golden.py` writes it. */
const golden = JSON.parse(await readFile(new URL("golden.json", import.meta.url), "utf8")) as {
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly cases: readonly ({ readonly template: string } & Result)[];
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly models: Readonly<Record<string, string>>;
  readonly conversations: readonly unknown[];
  readonly chats: readonly ({
    readonly model: string;
    readonly conversation: number;
    readonly variables: Readonly<Record<string, unknown>>;
  } & Result)[];
};

function check(
  template: string,
  variables: Readonly<Record<string, unknown>>,
  result: Result,
  of: string,
) {
  if (result.error === undefined) assert.equal(render(template, variables), result.want, of);
  else assert.throws(() => render(template, variables), TemplateError, `${of}: ${result.error}`);
}

Deno.test(`${golden.cases.length} templates as ${golden.source} renders them`, () => {
  for (const one of golden.cases) check(one.template, golden.variables, one, one.template);
});

Deno.test(`${golden.chats.length} chats in the style of published templates, likewise`, () => {
  for (const { model, conversation, variables, ...result } of golden.chats) {
    const messages = golden.conversations[conversation];
    const given = { ...golden.tokens, messages, ...variables };
    check(golden.models[model], given, result, `${model}, conversation ${conversation}`);
  }
});

Deno.test("templates that never end are ended by their budget", () => {
  const endless = [
    "{% for i in range(10**9) %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
    "{% set a = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set a.x = [a.x, a.x] %}{% set a.y = [a.y, a.y] %}{% endfor %}{{ a.x == a.y }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x|replace('a', 'aaaaaaaaaa') %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('', ns.x) %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x, ns.x]|join %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = '%s%s' % (ns.x, ns.x) %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = '{0}{0}'.format(ns.x) %}{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ [0] * 10**9 }}",
    "{{ 'a' | center(10**9) }}",
    "{{ 'a'.ljust(10**9) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ [1]|tojson(indent=10**9) }}",
    "{{ 'a\\nb'|indent(10**9) }}",
    "{{ [1]|batch(10**9, 0)|list }}",
    "{{ [1]|slice(10**9)|list }}",
    "{{ 1|round(10**9) }}{{ '%.1000000000f' % 1.5 }}",
    "{{ 9**9**9 }}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{{ range(99999)|list|length }}{% endfor %}{% endfor %}",
    "{% set x = range(99999)|list %}{% for i in range(99999) %}{% if 1.5 in x %}{% endif %}{% endfor %}",
    "{% set x = range(99999)|map('string')|list %}{% for i in range(99999) %}{{ x|sort|length }}{% endfor %}",
    "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{{ ('b' in x) }}{% endfor %}",
    "{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}",
    "{{ " + "[".repeat(50_000) + "]".repeat(50_000) + " }}",
    "{{ " + "not ".repeat(50_000) + "1 }}",
    "{{ " + "-".repeat(50_000) + "1 }}",
    "{{ 1" + " + 1".repeat(50_000) + " }}",
    "{{ 1" + "|int".repeat(50_000) + " }}",
    "{{ 1" + " if 1 else 2".repeat(50_000) + " }}",
    "{{ x" + ".a".repeat(50_000) + " }}",
    "{{ f" + "()".repeat(50_000) + " }}",
    "{% if 1 %}".repeat(50_000) + "{% endif %}".repeat(50_000),
    "{% for a in [1] %}".repeat(50_000) + "{% endfor %}".repeat(50_000),
    "{{ 1 }}".repeat(200_000),
  ];
  for (const template of endless) {
    assert.throws(() => render(template), TemplateError, template.slice(0, 100));
  }
});

Deno.test("long sources and long contents stay linear", () => {
  const long = "x".repeat(300_000);
  assert.equal(render("{{ m | trim }}", { m: ` ${long} ` }), long);
  assert.equal(render("{{ m.strip('y').split('z')|length }}", { m: long }), "1");
  for (
    const part of ["{", "{%", "{#", "{{ '", " ", "\n", "'", "\\", "{% raw %}", "-", "%}", "}}", "("]
  ) {
    try {
      render(part.repeat(100_000));
    } catch (error) {
      assert.ok(error instanceof TemplateError, `${part}: ${error}`);
    }
  }
  const messages = Array.from({ length: 2000 }, (_, i) => ({ role: "user", content: `m${i}` }));
  const text = render(
    "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content | trim }}{% endfor %}",
    { messages },
  );
  assert.ok(text.endsWith("<|user|>m1999"));
});

Deno.test("a limit can be set, and is named", () => {
  const loop = "{% for i in range(99999) %}{{ i }}{% endfor %}";
  assert.throws(() => render(loop, {}, { maxSteps: 20_000 }), /more than 20000 steps/);
  assert.throws(() => render(loop, {}, { maxCharacters: 1000 }), /more than 1000 characters/);
  assert.throws(() => render(loop, {}, { timeoutMs: 0 }), /more than 0 ms/);
});

Deno.test("what came from a value is marked, whatever is done to it", () => {
  const marks = (template: string) => {
    const text = new JinjaTemplate(template).render({
      a: MarkedText.from(" One two ", 7),
      d: toValue({ "k<": ["v"] }, 3),
      p: "plain",
    });
    return spansOf(text).map(({ start, end, origin }) =>
      `${origin}:${plain(text).slice(start, end)}`
    );
  };
  assert.deepEqual(marks("<{{ p }}>"), []);
  assert.deepEqual(marks("<{{ a }}>"), ["7: One two "]);
  assert.deepEqual(marks("<{{ a | trim }}>"), ["7:One two"]);
  assert.deepEqual(marks("<{{ a.strip().upper() + '!' }}>"), ["7:ONE TWO"]);
  assert.deepEqual(marks("<{{ a.split()[1] ~ p ~ a[1:4] }}>"), ["7:two", "7:One"]);
  assert.deepEqual(marks("{{ a.replace('One', p) }}"), ["7: ", "7: two "]);
  assert.deepEqual(marks("{{ a[::-1] }}"), ["7: owt enO "]);
  assert.deepEqual(marks("{% set x %}[{{ a }}]{% endset %}{{ x | trim }}"), ["7: One two "]);
  assert.deepEqual(marks("{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(a) }}"), ["7: One two "]);
  assert.deepEqual(marks("{{ d | tojson }}"), ["3:k<", "3:v"]);
  assert.deepEqual(marks("{{ d }}"), ["3:k<", "3:v"]);
  assert.deepEqual(marks("{% for k, v in d.items() %}{{ k }}={{ v | join }}{% endfor %}"), [
    "3:k<",
    "3:v",
  ]);
  assert.deepEqual(marks("{{ '%s|{}' % a }}{{ '{}'.format(a) }}"), ["7: One two ", "7: One two "]);
  assert.deepEqual(marks("{% for c in a.strip() %}{{ c }}{% endfor %}"), ["7:One two"]);
  assert.deepEqual(marks("{% filter upper %}x{{ a }}{% endfilter %}"), ["7: ONE TWO "]);
  assert.deepEqual(marks("{{ a | indent }}{{ [a, p] | join('-') }}"), ["7: One two  One two "]);
});

Deno.test("strftime_now tells the given time, and refuses what it does not know", () => {
  const now = new Date(2024, 6, 4, 15, 5, 9);
  const tell = (format: string) => render(`{{ strftime_now('${format}') }}`, {}, { now });
  assert.equal(tell("%d %b %Y"), "04 Jul 2024");
  assert.equal(tell("%A, %-d. %B %y %I:%M %p %j %%"), "Thursday, 4. July 24 03:05 PM 186 %");
  assert.equal(tell("%F %T"), "2024-07-04 15:05:09");
  assert.throws(() => tell("%Q"), /does not know %Q/);
});

Deno.test("errors name the line, the tag and what is wrong", () => {
  assert.throws(() => render("a\n\n{% include 'x' %}"), /line 3: the tag include/);
  assert.throws(() => render("{{ 'a' | nofilter }}"), /there is no filter nofilter/);
  assert.throws(() => render("{% if 1 is notest %}{% endif %}"), /there is no test notest/);
  assert.throws(() => render("{{ x.y.z }}", { x: {} }), /'dict object' has no attribute 'y'/);
  assert.throws(
    () => render("{{ raise_exception('Only user roles') }}"),
    /^TemplateError: Only user roles/,
  );
  assert.throws(() => render("{{ constructor.name }}"), /'constructor' is undefined/);
  assert.throws(() => render("{{ 'a'.constructor() }}"), /has no attribute 'constructor'/);
  assert.equal(render("{{ d.__proto__ }}{{ d['constructor'] }}", { d: {} }), "");
});

// What Jinja 3.1.6 gives, with the settings of transformers.
Deno.test("None is a value, and nothing is not None", () => {
  const messages = [{ content: null, role: "user" }, { content: "b", role: "user" }];
  const cases = [
    ["{{ messages[0].content is none }}{{ messages[0]['content'] is none }}", "TrueTrue"],
    ["{{ messages[0].content is defined }}{{ messages[0].name is defined }}", "TrueFalse"],
    ["{{ messages[0].get('content', 'd') }}{{ messages[0].get('name', 'd') }}", "Noned"],
    ["{% for m in messages %}{{ tools is none }}{% endfor %}", "TrueTrue"],
    [
      "{% macro f(a, b=3) %}{{ a is none }}{{ b }}{{ tools is none }}{% endmacro %}{{ f(none, none) }}",
      "TrueNoneTrue",
    ],
    ["{% set x = foo | default(none) %}{{ x is none }}{{ tools | default('x') }}", "TrueNone"],
    ["{% set ns = namespace(a=none) %}{% for i in [1] %}{{ ns.a is none }}{% endfor %}", "True"],
    [
      "{{ [none] | first is none }}{{ [none] | last is none }}{{ [] | first is defined }}",
      "TrueTrueFalse",
    ],
    ["{% for x in [1, none] %}{{ loop.nextitem is defined }}{% endfor %}", "TrueFalse"],
    ["{{ 'x' | int(none) }}{{ 'x' | float(none) }}", "NoneNone"],
    ["{{ [none, none, 1].count(none) }}{{ [1, none].index(none) }}", "21"],
    ["{% with a=none %}{% for i in [1] %}{{ a is none }}{% endfor %}{% endwith %}", "True"],
    [
      "{% for m in messages %}{{ m.content is none }}{{ loop.previtem is defined }}{% endfor %}",
      "TrueFalseFalseTrue",
    ],
  ];
  for (const [source, want] of cases) {
    const variables = { messages: toValue(messages), tools: null };
    assert.equal(String(new JinjaTemplate(source).render(variables)), want, source);
  }
});

Deno.test("break and continue outside of a loop are refused", () => {
  for (const tag of ["break", "continue"]) {
    for (
      const source of [
        `{% ${tag} %}`,
        `{% if true %}{% ${tag} %}{% endif %}`,
        `{% for i in [] %}{% else %}{% ${tag} %}{% endfor %}`,
        `{% for i in [1] %}{% endfor %}{% ${tag} %}`,
      ]
    ) assert.throws(() => new JinjaTemplate(source), /stands outside of a loop/, source);
  }
});
