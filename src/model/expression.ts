/** `variant.metric` in an expression, e.g. `seal.fleetBytes`, or `preload.lostBytes@100`. */
export interface Reference {
  readonly variant: string;
  readonly metric: string;
  /** Requests per worker of the checkpoint it is about; `null`: of the last one. */
  readonly at: number | null;
  /** Where it starts in the text, counted from 1. */
  readonly column: number;
}

/** An arithmetic term. */
export type Term =
  | { readonly kind: "number"; readonly value: number }
  | ({ readonly kind: "reference" } & Reference)
  | { readonly kind: "negate"; readonly operand: Term }
  | { readonly kind: "binary"; readonly operator: Arithmetic; readonly left: Term; readonly right: Term };

export type Arithmetic = "+" | "-" | "*" | "/";
export type Relation = "<=" | ">=" | "<" | ">" | "==";

/** One line of `expect`: two terms and how they must relate. */
export interface Expression {
  readonly text: string;
  readonly left: Term;
  readonly relation: Relation;
  readonly right: Term;
}

/** Why a text is no expression; the column counts from 1. */
export interface ExpressionProblem {
  readonly message: string;
  readonly column: number;
}

export type ParsedExpression =
  | { readonly expression: Expression; readonly problem?: never }
  | { readonly problem: ExpressionProblem; readonly expression?: never };

interface Token {
  readonly kind: "number" | "reference" | "operator" | "relation" | "end";
  readonly text: string;
  readonly column: number;
}

/** Longer text or deeper nesting is refused: the parser recurses. */
const MAX_LENGTH = 500;
const MAX_DEPTH = 30;

// A reference is tried first, so that `no-preload.x` is a name; a minus sign before a name therefore needs a space.
const TOKENS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["reference", /[a-z0-9][a-z0-9-]*\.[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)?(@\d{1,8})?/y],
  ["number", /\d+(\.\d+)?([eE][+-]?\d+)?/y],
  ["relation", /<=|>=|==|<|>/y],
  ["operator", /[-+*/()]/y],
];

class Unparsable extends Error {
  constructor(
    message: string,
    readonly column: number,
  ) {
    super(message);
  }
}

function tokenAt(text: string, position: number): Token {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found, column: position + 1 };
  }
  throw new Unparsable(`unexpected ${JSON.stringify(text[position])}`, position + 1);
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let position = 0; position < text.length; ) {
    if (/\s/.test(text.charAt(position))) {
      position += 1;
      continue;
    }
    const token = tokenAt(text, position);
    tokens.push(token);
    position += token.text.length;
  }
  return [...tokens, { kind: "end", text: "the end", column: text.length + 1 }];
}

/** Recursive descent over: sum = product {(+|-) product}; product = factor {(*|/) factor}; factor = [-] number | reference | ( sum ). */
class Parser {
  private next = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  comparison(text: string): Expression {
    const left = this.sum();
    const relation = this.take();
    if (relation.kind !== "relation") throw expected("<=, >=, <, > or ==", relation);
    const right = this.sum();
    const rest = this.take();
    if (rest.kind !== "end") throw expected("the end", rest);
    return { text, left, relation: relation.text as Relation, right };
  }

  private sum(): Term {
    return this.chain(["+", "-"], () => this.product());
  }

  private product(): Term {
    return this.chain(["*", "/"], () => this.factor());
  }

  private chain(operators: readonly string[], operand: () => Term): Term {
    let left = operand();
    while (operators.includes(this.peek().text)) {
      const operator = this.take().text as Arithmetic;
      left = { kind: "binary", operator, left, right: operand() };
    }
    return left;
  }

  private factor(): Term {
    const token = this.take();
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "reference") return reference(token);
    if (token.text === "-") return this.nested(token, () => ({ kind: "negate", operand: this.factor() }));
    if (token.text === "(") return this.nested(token, () => this.parenthesised());
    throw expected('a number, "variant.metric" or "("', token);
  }

  private parenthesised(): Term {
    const inner = this.sum();
    const close = this.take();
    if (close.text !== ")") throw expected('")"', close);
    return inner;
  }

  private nested(at: Token, parse: () => Term): Term {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new Unparsable(`nested deeper than ${MAX_DEPTH} levels`, at.column);
    const term = parse();
    this.depth -= 1;
    return term;
  }

  private peek(): Token {
    // The last token is "end" and is never passed: take() stays on it.
    return this.tokens[Math.min(this.next, this.tokens.length - 1)] as Token;
  }

  private take(): Token {
    const token = this.peek();
    this.next += 1;
    return token;
  }
}

function expected(what: string, found: Token): Unparsable {
  const name = found.kind === "end" ? found.text : JSON.stringify(found.text);
  return new Unparsable(`expected ${what}, found ${name}`, found.column);
}

function reference(token: Token): Term {
  const dot = token.text.indexOf(".");
  const [metric = "", at] = token.text.slice(dot + 1).split("@");
  return {
    kind: "reference",
    variant: token.text.slice(0, dot),
    metric,
    at: at === undefined ? null : Number(at),
    column: token.column,
  };
}

/**
 * Parses one line of `expect`, such as `seal.fleetBytes <= 0.5 * preload.fleetBytes`.
 * @returns the expression, or what is wrong and where; never throws
 */
export function parseExpression(text: string): ParsedExpression {
  if (text.length > MAX_LENGTH) return { problem: { message: `longer than ${MAX_LENGTH} characters`, column: 1 } };
  try {
    return { expression: new Parser(tokenize(text)).comparison(text) };
  } catch (error) {
    if (error instanceof Unparsable) return { problem: { message: error.message, column: error.column } };
    throw error;
  }
}

/** A reference as it stands in the text. */
export function referenceText({ variant, metric, at }: Reference): string {
  return `${variant}.${metric}${at === null ? "" : `@${at}`}`;
}

/** Every `variant.metric` of a term, left to right, repeats included. */
export function referencesOf(term: Term): Reference[] {
  if (term.kind === "reference") {
    const { variant, metric, at, column } = term;
    return [{ variant, metric, at, column }];
  }
  if (term.kind === "negate") return referencesOf(term.operand);
  return term.kind === "binary" ? [...referencesOf(term.left), ...referencesOf(term.right)] : [];
}
