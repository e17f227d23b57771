import type {
  Arguments,
  BinaryOperator,
  CompareOperator,
  Comparison,
  Expression,
  FilterExpression,
} from "./syntax.ts";
import type { TokenStream } from "./token_stream.ts";

/** Longest chain of operators, filters and attributes in one expression. */
const MAX_CHAIN = 1000;

/** Arguments of a call without any. */
const NO_ARGUMENTS: Arguments = {
  positional: [],
  named: [],
  spread: null,
  namedSpread: null,
};

/**
 * Parses an expression, by the precedence of Jinja: condition, `or`, `and`, `not`, comparison, sums,
 * `~`, products, powers, signs, attributes and calls, filters and tests.
 *
 * @param allowsCondition whether `a if b else c` is taken; not in what a `for` goes through
 * @throws {TemplateError} naming the line
 */
export function parseExpression(stream: TokenStream, allowsCondition = true): Expression {
  return stream.deeper(() => {
    let value = parseOr(stream);
    let chain = 0;
    while (allowsCondition && stream.skipIf("name", "if")) {
      checkChain(stream, ++chain);
      const test = parseOr(stream);
      const otherwise = stream.skipIf("name", "else") ? parseExpression(stream) : null;
      value = { kind: "condition", test, then: value, otherwise };
    }
    return value;
  });
}

/** Parses one expression, or several with commas between them, which make a tuple. */
export function parseTuple(stream: TokenStream, allowsCondition = true): Expression {
  const items: Expression[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) stream.expect("operator", ",");
    if (isTuple && isTupleEnd(stream)) break;
    items.push(parseExpression(stream, allowsCondition));
    if (!stream.is("operator", ",")) break;
    isTuple = true;
  }
  return isTuple ? { kind: "tuple", items } : items[0];
}

function isTupleEnd(stream: TokenStream): boolean {
  return stream.is("end") || stream.is("operator", ")") || stream.is("name", "recursive");
}

function checkChain(stream: TokenStream, length: number): void {
  if (length > MAX_CHAIN) {
    stream.fail(`an expression has more than ${MAX_CHAIN} operators in a row`);
  }
}

function parseOr(stream: TokenStream): Expression {
  let left = parseAnd(stream);
  for (let chain = 0; stream.skipIf("name", "or");) {
    checkChain(stream, ++chain);
    left = { kind: "or", left, right: parseAnd(stream) };
  }
  return left;
}

function parseAnd(stream: TokenStream): Expression {
  let left = parseNot(stream);
  for (let chain = 0; stream.skipIf("name", "and");) {
    checkChain(stream, ++chain);
    left = { kind: "and", left, right: parseNot(stream) };
  }
  return left;
}

function parseNot(stream: TokenStream): Expression {
  if (!stream.skipIf("name", "not")) return parseComparison(stream);
  return { kind: "unary", operator: "not", operand: stream.deeper(() => parseNot(stream)) };
}

function parseComparison(stream: TokenStream): Expression {
  const first = parseSum(stream);
  const rest: Comparison[] = [];
  for (;;) {
    let operator: CompareOperator;
    if (stream.is("operator", "==", "!=", "<", "<=", ">", ">=")) {
      operator = stream.next().value as CompareOperator;
    } else if (stream.skipIf("name", "in")) operator = "in";
    else if (
      stream.is("name", "not") && stream.ahead.kind === "name" && stream.ahead.value === "in"
    ) {
      stream.next();
      stream.next();
      operator = "not in";
    } else break;
    checkChain(stream, rest.length);
    rest.push({ operator, operand: parseSum(stream) });
  }
  return rest.length === 0 ? first : { kind: "compare", first, rest };
}

function parseSum(stream: TokenStream): Expression {
  return parseBinary(stream, ["+", "-"], parseConcat);
}

function parseConcat(stream: TokenStream): Expression {
  const parts = [parseProduct(stream)];
  while (stream.skipIf("operator", "~")) parts.push(parseProduct(stream));
  return parts.length === 1 ? parts[0] : { kind: "concat", parts };
}

function parseProduct(stream: TokenStream): Expression {
  return parseBinary(stream, ["*", "/", "//", "%"], parsePower);
}

function parsePower(stream: TokenStream): Expression {
  return parseBinary(stream, ["**"], parseUnary);
}

function parseBinary(
  stream: TokenStream,
  operators: readonly BinaryOperator[],
  parseOperand: (stream: TokenStream) => Expression,
): Expression {
  let left = parseOperand(stream);
  for (let chain = 0; stream.is("operator", ...operators);) {
    checkChain(stream, ++chain);
    const operator = stream.next().value as BinaryOperator;
    left = { kind: "binary", operator, left, right: parseOperand(stream) };
  }
  return left;
}

function parseUnary(stream: TokenStream, takesFilters = true): Expression {
  let value: Expression;
  if (stream.is("operator", "-", "+")) {
    const operator = stream.next().value as "-" | "+";
    value = { kind: "unary", operator, operand: stream.deeper(() => parseUnary(stream, false)) };
  } else value = parsePrimary(stream);
  value = parsePostfix(stream, value);
  return takesFilters ? parseFilters(stream, value) : value;
}

/** Parses a name, a constant, or something in brackets. */
function parsePrimary(stream: TokenStream): Expression {
  const token = stream.current;
  switch (token.kind) {
    case "name":
      stream.next();
      if (/^([Tt]rue|[Ff]alse)$/.test(token.value)) {
        return { kind: "constant", value: token.value.toLowerCase() === "true" };
      }
      if (/^[Nn]one$/.test(token.value)) return { kind: "constant", value: null };
      return { kind: "name", name: token.value };
    case "string": {
      const parts: string[] = [];
      while (stream.is("string")) parts.push(stream.next().value);
      return { kind: "constant", value: parts.join("") };
    }
    case "integer":
    case "float": {
      stream.next();
      const value = Number(token.value.replaceAll("_", ""));
      if (token.kind === "float") return { kind: "constant", value, isFloat: true };
      if (!Number.isSafeInteger(value)) stream.fail(`the number ${token.value} is too large`);
      return { kind: "constant", value };
    }
    case "operator":
      if (token.value === "(") {
        stream.next();
        if (stream.skipIf("operator", ")")) return { kind: "tuple", items: [] };
        const value = parseTuple(stream);
        stream.expect("operator", ")");
        return value;
      }
      if (token.value === "[") {
        stream.next();
        return { kind: "list", items: parseItems(stream, "]", () => parseExpression(stream)) };
      }
      if (token.value === "{") {
        stream.next();
        const pairs = parseItems(stream, "}", () => {
          const key = parseExpression(stream);
          stream.expect("operator", ":");
          return [key, parseExpression(stream)] as const;
        });
        return { kind: "dict", pairs };
      }
  }
  return stream.fail(`unexpected ${token.value}`);
}

function parseItems<T>(stream: TokenStream, close: string, parse: () => T): T[] {
  const items: T[] = [];
  while (!stream.is("operator", close)) {
    if (items.length > 0) {
      stream.expect("operator", ",");
      if (stream.is("operator", close)) break;
    }
    items.push(parse());
  }
  stream.next();
  return items;
}

/** Parses what may follow a value: attributes, subscripts, calls. */
function parsePostfix(stream: TokenStream, target: Expression): Expression {
  let value = target;
  for (let chain = 0;; checkChain(stream, ++chain)) {
    if (stream.skipIf("operator", ".")) {
      const token = stream.next();
      if (token.kind === "name") value = { kind: "attribute", target: value, name: token.value };
      else if (token.kind === "integer") {
        const index: Expression = { kind: "constant", value: Number(token.value) };
        value = { kind: "item", target: value, index };
      } else stream.fail(`expected a name or a number after the dot, not ${token.value}`);
    } else if (stream.skipIf("operator", "[")) {
      const indices = parseItems(stream, "]", () => parseSubscript(stream));
      if (indices.length === 0) stream.fail("expected a subscript");
      const index: Expression = indices.length === 1
        ? indices[0]
        : { kind: "tuple", items: indices };
      value = { kind: "item", target: value, index };
    } else if (stream.is("operator", "(")) {
      value = { kind: "call", callee: value, args: parseArguments(stream) };
    } else return value;
  }
}

function parseSubscript(stream: TokenStream): Expression {
  const isNext = (...values: string[]) => stream.is("operator", ...values);
  let start: Expression | null = null;
  if (!isNext(":")) {
    start = parseExpression(stream);
    if (!isNext(":")) return start;
  }
  stream.next();
  const part = () => (isNext(":", "]", ",") ? null : parseExpression(stream));
  const stop = part();
  const step = stream.skipIf("operator", ":") ? part() : null;
  return { kind: "slice", start, stop, step };
}

function parseFilters(stream: TokenStream, target: Expression): Expression {
  let value = target;
  for (let chain = 0;; checkChain(stream, ++chain)) {
    if (stream.is("operator", "|")) value = parseFilterChain(stream, value)!;
    else if (stream.is("name", "is")) value = parseTest(stream, value);
    else if (stream.is("operator", "(")) {
      value = { kind: "call", callee: value, args: parseArguments(stream) };
    } else return value;
  }
}

/**
 * Parses `| name(arguments)` as often as it stands there.
 *
 * @param isFirstBare whether the first name stands without a `|`, as in a filter block
 * @returns the target itself when there is none
 */
export function parseFilterChain<T extends Expression | null>(
  stream: TokenStream,
  target: T,
  isFirstBare = false,
): T | FilterExpression {
  let value: T | FilterExpression = target;
  let isBare = isFirstBare;
  for (let chain = 0; isBare || stream.is("operator", "|"); isBare = false) {
    checkChain(stream, ++chain);
    if (!isBare) stream.next();
    const name = parseDottedName(stream);
    const args = stream.is("operator", "(") ? parseArguments(stream) : NO_ARGUMENTS;
    value = { kind: "filter", target: value, name, args };
  }
  return value;
}

function parseDottedName(stream: TokenStream): string {
  let name = stream.expect("name").value;
  while (stream.skipIf("operator", ".")) name += "." + stream.expect("name").value;
  return name;
}

function parseTest(stream: TokenStream, target: Expression): Expression {
  stream.next();
  const isNegated = stream.skipIf("name", "not");
  const name = parseDottedName(stream);
  let args = NO_ARGUMENTS;
  const isArgument = ["name", "string", "integer", "float"].includes(stream.current.kind) ||
    stream.is("operator", "[", "{");
  if (stream.is("operator", "(")) args = parseArguments(stream);
  else if (isArgument && !stream.is("name", "else", "or", "and")) {
    if (stream.is("name", "is")) stream.fail("tests cannot be chained with is");
    args = { ...NO_ARGUMENTS, positional: [parsePostfix(stream, parsePrimary(stream))] };
  }
  const test: Expression = { kind: "test", target, name, args };
  return isNegated ? { kind: "unary", operator: "not", operand: test } : test;
}

/** Parses the arguments of a call, brackets included. */
function parseArguments(stream: TokenStream): Arguments {
  stream.expect("operator", "(");
  const positional: Expression[] = [];
  const named: (readonly [string, Expression])[] = [];
  let spread: Expression | null = null;
  let namedSpread: Expression | null = null;
  const ensure = (isRight: boolean) => {
    if (!isRight) stream.fail("the arguments of a call are out of order");
  };
  let isFirst = true;
  while (!stream.is("operator", ")")) {
    if (!isFirst) {
      stream.expect("operator", ",");
      if (stream.is("operator", ")")) break;
    }
    isFirst = false;
    if (stream.skipIf("operator", "*")) {
      ensure(spread === null && namedSpread === null);
      spread = parseExpression(stream);
    } else if (stream.skipIf("operator", "**")) {
      ensure(namedSpread === null);
      namedSpread = parseExpression(stream);
    } else if (
      stream.is("name") && stream.ahead.kind === "operator" && stream.ahead.value === "="
    ) {
      ensure(namedSpread === null);
      const { value: name } = stream.next();
      stream.next();
      if (named.some(([other]) => other === name)) stream.fail(`${name} is given twice`);
      named.push([name, parseExpression(stream)]);
    } else {
      ensure(spread === null && namedSpread === null && named.length === 0);
      positional.push(parseExpression(stream));
    }
  }
  stream.next();
  return { positional, named, spread, namedSpread };
}
