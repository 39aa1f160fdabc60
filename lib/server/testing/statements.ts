import path from "node:path";
import {
  type ArrowFunction,
  type BinaryExpression,
  type CallExpression,
  type ElementAccessExpression,
  type Expression,
  type FunctionDeclaration,
  type Identifier,
  Node,
  type ParameterDeclaration,
  Project,
  type ShorthandPropertyAssignment,
  SyntaxKind,
  type Symbol as TsSymbol,
  type Type,
} from "ts-morph";

/** A place in the server's source where a statement is sent. */
export type SentStatement = {
  /** `lib/server/…/file.ts:line`. */
  place: string;
  /** Each text that it may have; empty for one that is put together from what only a running server knows. */
  texts: string[];
  /** The columns that must be there, with the kinds of values of each; null where the place names none. */
  columns: Record<string, ReadonlySet<ValueKind>> | null;
  /** What is given for `$1`, `$2` …, with their kinds; null where it is not written out there. */
  params: ReadonlySet<ValueKind>[] | null;
};

/** What a value is to JavaScript; `any` fits whatever the database has. */
export type ValueKind = "string" | "number" | "boolean" | "date" | "bytes" | "list" | "object" | "null" | "any";

const MOST_TEXTS = 64;

/** All calls of `query` in `lib/server`, read from the source with its types. */
export function sentStatements(root: string): SentStatement[] {
  const project = new Project({
    tsConfigFilePath: path.join(root, "tsconfig.json"),
    skipAddingFilesFromTsConfig: true,
  });
  project.addSourceFilesAtPaths([
    path.join(root, "lib/server/**/*.ts"),
    `!${path.join(root, "lib/server/**/*.test.ts")}`,
    `!${path.join(root, "lib/server/testing/**")}`,
    `!${path.join(root, "lib/server/db/generated/**")}`,
  ]);
  return project
    .getSourceFiles()
    .flatMap((file) => file.getDescendantsOfKind(SyntaxKind.CallExpression).filter(isQuery))
    .map((call) => ({
      place: `${path.relative(root, call.getSourceFile().getFilePath())}:${call.getStartLineNumber()}`,
      texts: textsOf(call.getArguments()[0] as Expression),
      columns: columnsOf(call),
      params: paramsOf(call),
    }));
}

/** A call of `Sql.query`, whatever it is reached by: not of a driver's own, which answers more than rows. */
function isQuery(call: CallExpression): boolean {
  const callee = call.getExpression();
  if (!Node.isPropertyAccessExpression(callee) || callee.getName() !== "query") return false;
  const declared = callee.getNameNode().getSymbol()?.getDeclarations()[0]?.getSourceFile().getFilePath() ?? "";
  return declared.endsWith("lib/server/db/database.ts");
}

// ---- What a statement says ----

type Called = ArrowFunction | FunctionDeclaration;
/** A function, with what is known where it was made. */
class Procedure {
  constructor(
    readonly called: Called,
    readonly known: Choices,
  ) {}
}
type Known = string | number | boolean | Procedure | Known[] | { [key: string]: Known };
/** What was chosen for an expression that may be one of several, and what parameters were given. */
type Choices = Map<Node | TsSymbol, Known>;
class Choice {
  constructor(
    readonly of: Node | TsSymbol,
    readonly values: readonly Known[],
  ) {}
}
class Unknown {}

/** Every text that an expression can come to, one for each way of choosing among its literals. */
function textsOf(expression: Expression): string[] {
  const texts = new Set<string>();
  const open: Choices[] = [new Map()];
  for (let choices = open.pop(); choices; choices = open.pop()) {
    try {
      const value = known(expression, choices);
      const text = isObject(value) ? value.text : value;
      if (typeof text !== "string" || texts.size >= MOST_TEXTS) return [];
      texts.add(text);
    } catch (thrown) {
      if (thrown instanceof Unknown) return [];
      if (!(thrown instanceof Choice)) throw thrown;
      for (const value of thrown.values) open.push(new Map(choices).set(thrown.of, value));
    }
  }
  return [...texts];
}

const isObject = (value: Known | undefined): value is { [key: string]: Known } =>
  typeof value === "object" && !Array.isArray(value) && !(value instanceof Procedure);

/** What an expression comes to. @throws Choice if that depends on what was not chosen yet; Unknown if nobody can say. */
function known(node: Node | undefined, choices: Choices): Known {
  if (!node) throw new Unknown();
  if (Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node)) return node.getLiteralText();
  if (Node.isNumericLiteral(node)) return node.getLiteralValue();
  if (Node.isTrueLiteral(node) || Node.isFalseLiteral(node)) return Node.isTrueLiteral(node);
  if (Node.isParenthesizedExpression(node) || Node.isAsExpression(node) || Node.isSatisfiesExpression(node)) {
    return known(node.getExpression(), choices);
  }
  if (Node.isTemplateExpression(node)) {
    const rest = node
      .getTemplateSpans()
      .map((span) => wordOf(span.getExpression(), choices) + span.getLiteral().getLiteralText());
    return node.getHead().getLiteralText() + rest.join("");
  }
  if (Node.isBinaryExpression(node)) return binaryOf(node, choices);
  if (Node.isConditionalExpression(node)) {
    const isTrue = orElse(
      () => known(node.getCondition(), choices),
      () => chosen(node, [true, false], choices),
    );
    return known(isTrue ? node.getWhenTrue() : node.getWhenFalse(), choices);
  }
  if (Node.isArrayLiteralExpression(node)) return node.getElements().flatMap((one) => itemsOf(one, choices));
  if (Node.isObjectLiteralExpression(node)) return objectOf(node.getProperties(), choices);
  if (Node.isArrowFunction(node) || Node.isFunctionDeclaration(node)) return new Procedure(node, choices);
  if (Node.isPropertyAccessExpression(node)) {
    if (node.getText() === "Number.MAX_SAFE_INTEGER") return Number.MAX_SAFE_INTEGER;
    return orElse(
      () => memberOf(known(node.getExpression(), choices), node.getName()),
      () => literalOf(node, choices),
    );
  }
  if (Node.isElementAccessExpression(node)) return elementOf(node, choices);
  if (Node.isIdentifier(node)) return identifierOf(node, choices);
  if (Node.isCallExpression(node)) return calledOf(node, choices);
  return literalOf(node, choices);
}

/** The first that is known. */
function orElse(first: () => Known, second: () => Known): Known {
  try {
    return first();
  } catch (thrown) {
    if (thrown instanceof Unknown) return second();
    throw thrown;
  }
}

function chosen(of: Node | TsSymbol, values: readonly Known[], choices: Choices): Known {
  const given = choices.get(of);
  if (given === undefined) throw new Choice(of, values);
  return given;
}

function wordOf(node: Node | undefined, choices: Choices): string {
  const value = known(node, choices);
  if (typeof value === "object") throw new Unknown();
  return String(value);
}

function binaryOf(node: BinaryExpression, choices: Choices): Known {
  const left = known(node.getLeft(), choices);
  const right = known(node.getRight(), choices);
  if (typeof left === "object" || typeof right === "object") throw new Unknown();
  const operator = node.getOperatorToken().getText();
  if (operator === "===") return left === right;
  if (operator === "!==") return left !== right;
  if (operator === "+" && typeof left === "number" && typeof right === "number") return left + right;
  if (operator === "+") return String(left) + String(right);
  throw new Unknown();
}

function itemsOf(node: Expression, choices: Choices): Known[] {
  if (!Node.isSpreadElement(node)) return [known(node, choices)];
  const list = known(node.getExpression(), choices);
  if (!Array.isArray(list)) throw new Unknown();
  return list;
}

function objectOf(properties: readonly Node[], choices: Choices): Known {
  const object: { [key: string]: Known } = {};
  for (const property of properties) {
    const name =
      Node.isPropertyAssignment(property) || Node.isShorthandPropertyAssignment(property) ? property.getName() : null;
    if (name === null) continue;
    const value = Node.isPropertyAssignment(property)
      ? property.getInitializer()
      : (property as ShorthandPropertyAssignment).getNameNode();
    try {
      object[name.replace(/^["']|["']$/g, "")] = known(value, choices);
    } catch (thrown) {
      // What nobody asks for need not be known.
      if (!(thrown instanceof Unknown)) throw thrown;
    }
  }
  return object;
}

function memberOf(object: Known, name: string): Known {
  if (typeof object === "string" && name === "length") return object.length;
  const value = isObject(object) ? object[name] : undefined;
  if (value === undefined) throw new Unknown();
  return value;
}

function elementOf(node: ElementAccessExpression, choices: Choices): Known {
  const object = known(node.getExpression(), choices);
  if (!isObject(object)) throw new Unknown();
  const key = orElse(
    () => wordOf(node.getArgumentExpression(), choices),
    () => chosen(node, Object.keys(object), choices),
  );
  return memberOf(object, String(key));
}

function identifierOf(node: Identifier, choices: Choices): Known {
  const given = node.getSymbol() && choices.get(node.getSymbol()!);
  if (given !== undefined) return given;
  const declared = node.getDefinitionNodes()[0];
  return orElse(
    () => declaredValue(declared, choices),
    () => literalOf(node, choices),
  );
}

function declaredValue(declared: Node | undefined, choices: Choices): Known {
  if (Node.isParameterDeclaration(declared)) return givenValue(declared, choices);
  if (Node.isFunctionDeclaration(declared)) return new Procedure(declared, choices);
  if (Node.isBindingElement(declared)) {
    const whole = declaredValue(declared.getParent().getParent(), choices);
    return memberOf(whole, declared.getPropertyNameNode()?.getText() ?? declared.getName());
  }
  if (!Node.isVariableDeclaration(declared)) throw new Unknown();
  const list = declared.getParent();
  if (!Node.isVariableDeclarationList(list) || list.getDeclarationKind() !== "const") throw new Unknown();
  const loop = list.getParent();
  if (!Node.isForOfStatement(loop)) {
    const value = known(declared.getInitializer(), choices);
    // One that is made inside a function may be added to there.
    if (Array.isArray(value) && !Node.isSourceFile(list.getParent()?.getParent())) throw new Unknown();
    return value;
  }
  const values = known(loop.getExpression(), choices);
  if (!Array.isArray(values)) throw new Unknown();
  return chosen(loop, values, choices);
}

/** What a function of this file is given for a parameter, at one of the places that call it. */
function givenValue(parameter: ParameterDeclaration, choices: Choices): Known {
  const of = parameter.getParent();
  const named = Node.isArrowFunction(of) ? of.getParent() : of;
  if (!Node.isFunctionDeclaration(named) && !Node.isVariableDeclaration(named)) throw new Unknown();
  // Who calls it from elsewhere is not looked for.
  if (named.isExported()) throw new Unknown();
  const place = (of as Called).getParameters().indexOf(parameter);
  const symbol = named.getSymbol();
  const given = parameter
    .getSourceFile()
    .getDescendantsOfKind(SyntaxKind.CallExpression)
    .filter((call) => Node.isIdentifier(call.getExpression()) && call.getExpression().getSymbol() === symbol)
    .map((call) => call.getArguments()[place]);
  if (given.length === 0 || given.includes(undefined) || given.length > MOST_TEXTS) throw new Unknown();
  const index = chosen(parameter, [...given.keys()], choices) as number;
  return known(given[index], choices);
}

/** A function that does nothing but answer something made of what it is given; `map` and `join` of lists, `repeat` of texts. */
function calledOf(node: CallExpression, choices: Choices): Known {
  const callee = node.getExpression();
  const given = node.getArguments();
  if (Node.isPropertyAccessExpression(callee)) {
    const list = known(callee.getExpression(), choices);
    if (typeof list === "string" && callee.getName() === "repeat")
      return list.repeat(Number(wordOf(given[0], choices)));
    if (!Array.isArray(list)) throw new Unknown();
    if (callee.getName() === "join") return list.join(wordOf(given[0], choices));
    if (callee.getName() !== "map") throw new Unknown();
    const procedure = known(given[0], choices);
    return list.map((item) => answerOf(procedure, [() => item]));
  }
  const procedure = known(callee, choices);
  return answerOf(
    procedure,
    given.map((one) => () => known(one, choices)),
  );
}

function answerOf(procedure: Known, given: readonly (() => Known)[]): Known {
  if (!(procedure instanceof Procedure)) throw new Unknown();
  const inside: Choices = new Map(procedure.known);
  for (const [index, parameter] of procedure.called.getParameters().entries()) {
    const symbol = parameter.getNameNode().getSymbol();
    if (!symbol) continue;
    inside.delete(symbol);
    try {
      inside.set(symbol, given[index] ? given[index]() : known(parameter.getInitializer(), inside));
    } catch (thrown) {
      if (!(thrown instanceof Unknown)) throw thrown;
    }
  }
  const body = procedure.called.getBody();
  if (!Node.isBlock(body)) return known(body, inside);
  const [last, ...before] = body.getStatements().reverse();
  if (!Node.isReturnStatement(last) || !before.every(Node.isVariableStatement)) throw new Unknown();
  return known(last.getExpression(), inside);
}

/** A value of a type that is nothing but literals; the same for each mention of the same thing. */
function literalOf(node: Node, choices: Choices): Known {
  const type = node.getType();
  const values = (type.isUnion() ? type.getUnionTypes() : [type]).map((one) => one.getLiteralValue());
  if (!values.every((value) => typeof value === "string" || typeof value === "number")) throw new Unknown();
  return chosen(node.getSymbol() ?? node, values as (string | number)[], choices);
}

// ---- What a place believes of a statement ----

function columnsOf(call: CallExpression): SentStatement["columns"] {
  const row = call.getTypeArguments()[0]?.getType();
  if (!row || row.isTypeParameter() || row.getStringIndexType()) return null;
  return Object.fromEntries(
    row
      .getProperties()
      .filter((property) => !property.isOptional())
      .map((property) => [property.getName(), kindsOf(property.getTypeAtLocation(call))]),
  );
}

function paramsOf(call: CallExpression): SentStatement["params"] {
  const given = call.getArguments()[1];
  if (!given) return [];
  if (!Node.isArrayLiteralExpression(given)) return null;
  const elements = given.getElements();
  return elements.some(Node.isSpreadElement) ? null : elements.map((element) => kindsOf(element.getType()));
}

function kindsOf(type: Type): Set<ValueKind> {
  const parts = type.isUnion() ? type.getUnionTypes() : [type];
  return new Set(parts.map(kindOf));
}

function kindOf(type: Type): ValueKind {
  const base = type.getBaseTypeOfLiteralType();
  if (base.isAny() || base.isUnknown() || base.isTypeParameter()) return "any";
  if (base.isNull() || base.isUndefined()) return "null";
  if (base.isString() || base.isTemplateLiteral()) return "string";
  if (base.isNumber()) return "number";
  if (base.isBoolean() || base.isBooleanLiteral()) return "boolean";
  const name = base.getSymbol()?.getName();
  if (name === "Date") return "date";
  if (name === "Uint8Array" || name === "Buffer") return "bytes";
  if (base.isArray() || base.isReadonlyArray() || base.isTuple()) return "list";
  // A text with a brand, as `string & { … }`.
  if (base.isIntersection()) return base.getIntersectionTypes().some((part) => part.isString()) ? "string" : "object";
  return "object";
}
