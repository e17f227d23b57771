import { lexTemplate } from "./lex_template.ts";
import { parseExpression, parseFilterChain, parseTuple } from "./parse_expression.ts";
import type { Expression, FilterExpression, MacroSignature, Statement, Target } from "./syntax.ts";
import { TokenStream } from "./token_stream.ts";

/**
 * The statements of a template.
 *
 * @throws {TemplateError} naming the line
 * @source Jinja 3.1, "Template Designer Documentation"; transformers for the tags that chat templates have
 */
export function parseTemplate(source: string): Statement[] {
  return parseBody(new TokenStream(lexTemplate(source)), []);
}

/** Statements up to a block that begins with one of the names, which is next but for its `{%`. */
function parseBody(stream: TokenStream, ends: readonly string[]): Statement[] {
  return stream.deeper(() => {
    const body: Statement[] = [];
    for (;;) {
      if (stream.is("eof")) {
        if (ends.length === 0) return body;
        stream.fail(`expected ${ends.join(" or ")}`);
      }
      const token = stream.next();
      if (token.kind === "data") body.push({ kind: "text", text: token.value });
      else if (token.value === "{{") {
        body.push({ kind: "print", expression: parseTuple(stream) });
        stream.expect("end", "}}");
      } else {
        if (ends.length > 0 && stream.is("name", ...ends)) return body;
        body.push(parseStatement(stream));
        stream.expect("end", "%}");
      }
    }
  });
}

/** A block's body, from after its first tag's contents to before the closing of its last tag. */
function parseBlock(stream: TokenStream, end: string): Statement[] {
  stream.expect("end", "%}");
  const body = parseBody(stream, [end]);
  stream.next();
  return body;
}

function parseStatement(stream: TokenStream): Statement {
  const { value: name } = stream.expect("name");
  switch (name) {
    case "if":
      return parseIf(stream);
    case "for":
      return parseFor(stream);
    case "set":
      return parseSet(stream);
    case "macro": {
      const { value: macro } = stream.expect("name");
      if (RESERVED.includes(macro)) stream.fail(`cannot assign to ${macro}`);
      const signature = { ...parseParameters(stream), body: parseBlock(stream, "endmacro") };
      return { kind: "macro", name: macro, signature };
    }
    case "call":
      return parseCall(stream);
    case "filter": {
      const filter = parseFilterChain<FilterExpression | null>(stream, null, true)!;
      return { kind: "filter-block", filter, body: parseBlock(stream, "endfilter") };
    }
    case "with": {
      const targets: Target[] = [];
      const values: Expression[] = [];
      while (!stream.is("end")) {
        if (targets.length > 0) stream.expect("operator", ",");
        targets.push(parseTarget(stream, false));
        stream.expect("operator", "=");
        values.push(parseExpression(stream));
      }
      return { kind: "with", targets, values, body: parseBlock(stream, "endwith") };
    }
    case "generation":
      return { kind: "generation", body: parseBlock(stream, "endgeneration") };
    case "break":
    case "continue":
      if (!stream.isInLoop) stream.fail(`${name} stands outside of a loop`);
      return { kind: name };
  }
  return stream.fail(`the tag ${name} is not one of chat templates`);
}

function parseIf(stream: TokenStream): Statement {
  const branches: { test: Expression; body: Statement[] }[] = [];
  for (;;) {
    const test = parseTuple(stream, false);
    stream.expect("end", "%}");
    branches.push({ test, body: parseBody(stream, ["elif", "else", "endif"]) });
    const { value: next } = stream.next();
    if (next === "elif") continue;
    return { kind: "if", branches, otherwise: next === "else" ? parseBlock(stream, "endif") : [] };
  }
}

function parseFor(stream: TokenStream): Statement {
  const target = parseTarget(stream, false);
  stream.expect("name", "in");
  const iterable = parseTuple(stream, false);
  const condition = stream.skipIf("name", "if") ? parseExpression(stream) : null;
  const isRecursive = stream.skipIf("name", "recursive");
  stream.expect("end", "%}");
  const isInLoop = stream.isInLoop;
  stream.isInLoop = true;
  const body = parseBody(stream, ["endfor", "else"]);
  stream.isInLoop = isInLoop;
  const otherwise = stream.next().value === "else" ? parseBlock(stream, "endfor") : [];
  return { kind: "for", target, iterable, condition, isRecursive, body, otherwise };
}

function parseSet(stream: TokenStream): Statement {
  const target = parseTarget(stream, true);
  if (stream.skipIf("operator", "=")) return { kind: "set", target, value: parseTuple(stream) };
  const filter = parseFilterChain<FilterExpression | null>(stream, null);
  return { kind: "set-block", target, filter, body: parseBlock(stream, "endset") };
}

function parseCall(stream: TokenStream): Statement {
  const parameters = stream.is("operator", "(")
    ? parseParameters(stream)
    : { parameters: [], defaults: [] };
  const call = parseExpression(stream);
  if (call.kind !== "call") stream.fail("expected a call");
  const signature = { ...parameters, body: parseBlock(stream, "endcall") };
  return { kind: "call-block", call: call as Extract<Expression, { kind: "call" }>, signature };
}

/** Words that cannot be assigned to. */
const RESERVED = ["true", "false", "none", "True", "False", "None"];

function parseTarget(stream: TokenStream, allowsMembers: boolean): Target {
  const items: Target[] = [];
  let isTuple = false;
  do {
    if (isTuple && (stream.is("name", "in") || stream.is("operator", "=") || stream.is("end"))) {
      break;
    }
    if (stream.skipIf("operator", "(")) {
      items.push(stream.deeper(() => parseTarget(stream, allowsMembers)));
      stream.expect("operator", ")");
    } else {
      const { value: name } = stream.expect("name");
      if (RESERVED.includes(name)) stream.fail(`cannot assign to ${name}`);
      if (allowsMembers && stream.skipIf("operator", ".")) {
        items.push({ kind: "member", namespace: name, name: stream.expect("name").value });
      } else items.push({ kind: "name", name });
    }
    // Commas part the assignments of a with block, where a target is one name.
    isTuple ||= stream.is("operator", ",");
  } while (stream.skipIf("operator", ","));
  return isTuple ? { kind: "tuple", items } : items[0];
}

function parseParameters(stream: TokenStream): Omit<MacroSignature, "body"> {
  stream.expect("operator", "(");
  const parameters: string[] = [];
  const defaults: Expression[] = [];
  while (!stream.is("operator", ")")) {
    if (parameters.length > 0) {
      stream.expect("operator", ",");
      if (stream.is("operator", ")")) break;
    }
    const { value: name } = stream.expect("name");
    if (RESERVED.includes(name)) stream.fail(`cannot assign to ${name}`);
    parameters.push(name);
    if (stream.skipIf("operator", "=")) defaults.push(parseExpression(stream));
    else if (defaults.length > 0) {
      stream.fail(`the parameter ${name} has no default, one before it has`);
    }
  }
  stream.next();
  return { parameters, defaults };
}
