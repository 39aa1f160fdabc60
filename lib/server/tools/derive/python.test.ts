import { describe, expect, test } from "vitest";
import { deriveSchema, functionsOf } from "./derive-schema";
import { derivePython } from "./python";
import { DeriveError } from "./schema";

/** A function `f` with these parameters, each described. */
function source(parameters: string, before = ""): string {
  const names = [...parameters.matchAll(/(?:^|[,*\s])(\w+)\s*:/g)].map((match) => match[1]);
  const described = names.map((name) => `        ${name}: the ${name}`).join("\n");
  return `${before}\ndef f(${parameters}) -> str:\n    """Does it.\n\n    Args:\n${described}\n    """\n    return "x"\n`;
}

/** The schema of the type, without its description, and whether it is required. */
function typed(annotation: string, before = "") {
  const { parameters } = derivePython(source(`x: ${annotation}`, before));
  const { description: _, ...schema } = parameters.properties.x as Record<string, unknown>;
  return { schema, required: parameters.required };
}

function refusal(code: string): string {
  try {
    derivePython(code);
  } catch (error) {
    expect(error).toBeInstanceOf(DeriveError);
    return (error as DeriveError).message;
  }
  throw new Error("a schema was derived");
}

describe("the tool of a Python source", () => {
  test("is the last function at its top, by its signature and docstring", () => {
    const code = `
import os

def helper(a):
    return a

@cache
def roll_dice(sides: int, label: str = "d") -> str:
    """Rolls a die.

    Uses the system's dice.
    In two lines.

    Args:
        sides (int): how many sides it has
            and no fewer than two: ever
        label: what to call it

    Returns:
        str: what was rolled

    Examples:
        roll_dice(6)
    """
    def inner(): pass
    return str(hash(label) % sides)

SIDES = 6
`;
    expect(derivePython(code)).toEqual({
      name: "roll_dice",
      description: "Rolls a die.\n\nUses the system's dice.\nIn two lines.\n\nExamples:\n    roll_dice(6)",
      parameters: {
        type: "object",
        properties: {
          sides: { type: "integer", description: "how many sides it has\nand no fewer than two: ever" },
          label: { type: "string", description: "what to call it" },
        },
        required: ["sides"],
      },
    });
  });

  test("may be async, take nothing, and leaves out what the sandbox fills in", () => {
    const code = `async def f(self, agent_state: "AgentState", agent_id: str):\n    '''Does it.\n\n    Args:\n        agent_id: whose\n    '''\n`;
    expect(derivePython(code).parameters).toEqual({
      type: "object",
      properties: { agent_id: { type: "string", description: "whose" } },
      required: ["agent_id"],
    });
    expect(derivePython(`def f():\n    "Does it."`)).toEqual({
      name: "f",
      description: "Does it.",
      parameters: { type: "object", properties: {}, required: [] },
    });
  });

  test("is none whose name begins with _, unless all do", () => {
    const helper = "\n\ndef _help(x):\n    return x\n\nasync def __more(x): pass\n";
    expect(derivePython(source("x: int") + helper).name).toBe("f");
    expect(functionsOf(source("x: int") + helper, "python").at(-1)?.name).toBe("f");
    expect(derivePython('def _a():\n    "D."\n\ndef _b():\n    "D."').name).toBe("_b");
  });

  test("needs neither docstring nor types where its arguments have a schema", () => {
    const args = { type: "object", properties: { x: { type: "integer" } }, required: ["x"] };
    for (const [code, language] of [
      ["def f(x):\n    return x", "python"],
      ["function f(x) { return x }", "typescript"],
    ] as const)
      expect(deriveSchema(code, language, args)).toEqual({ name: "f", description: "", parameters: args });
  });

  test("is never executed", () => {
    expect(derivePython(`raise SystemExit\n${source("x: int")}`).name).toBe("f");
  });

  test("reads escapes of its docstring, and raw ones as they are", () => {
    expect(derivePython(`def f():\n    "a\\tb\\x41\\u00e9\\\\"`).description).toBe("a       bAé\\");
    expect(derivePython(`def f():\n    r"a\\d"`).description).toBe("a\\d");
  });
});

describe("a docstring in any of the usual styles describes the parameters", () => {
  const GOOGLE = "Sum up.\n\n    Args:\n        a: the first\n        b: the second";
  test.each<[string, string]>([
    ["Google's", GOOGLE],
    [
      "Google's that begins with its arguments",
      "Args:\n        a: the first\n        b: the second\n\n    Returns:\n        c: it",
    ],
    ["Google's, with nothing but arguments", "Args:\n        a: the first\n        b: the second\n    "],
    ["Google's without indentation", "Sum up.\n\n    Args:\n    a: the first\n    b: the second\n\n    c: more"],
    ["Google's as a list", "Sum up.\n\n    Arguments:\n        - a (str): the first\n        * `b` - the second"],
    [
      "NumPy's",
      "Sum up.\n\n    Parameters\n    ----------\n    a : str\n        the first\n    b : {'x', 'y'}, optional\n        the second\n\n    Returns\n    -------\n    c : str\n        it",
    ],
    [
      "NumPy's that begins with its parameters",
      "\n    Parameters\n    ----------\n    a\n        the first\n\n    Other Parameters\n    ----------------\n    b : str\n        the second",
    ],
    [
      "Sphinx'",
      "Sum up.\n\n    :param a: the first\n    :type a: str\n    :param str b: the\n        second\n    :returns: it\n    :rtype: str",
    ],
    ["Sphinx' that begins with its parameters", ":param a: the first\n    :parameter b: the second"],
    ["Epytext's", "Sum up.\n\n    @param a: the first\n    @param b: the second\n    @return: it"],
  ])("%s", (_style, docstring) => {
    const code = `def f(a: str, b: str) -> str:\n    """${docstring}"""\n    return a\n`;
    const { description, parameters } = derivePython(code);
    expect(["Sum up.", ""]).toContain(description);
    const said = Object.values(parameters.properties).map((one) => (one as { description: string }).description);
    expect(said.map((text) => text.replace(/\s+/g, " "))).toEqual(["the first", "the second"]);
  });

  test("several names of NumPy's share a text, and examples belong to the description", () => {
    const doc =
      "Sum up.\n\n    Parameters\n    ----------\n    a, b : str\n        one of two\n\n    Examples\n    --------\n    >>> f(1, 2)";
    const { description, parameters } = derivePython(`def f(a: str, b: str):\n    """${doc}"""`);
    expect(parameters.properties).toMatchObject({ a: { description: "one of two" }, b: { description: "one of two" } });
    expect(description).toBe("Sum up.\n\nExamples:\n>>> f(1, 2)");
  });
});

describe("types of Python", () => {
  test.each<[string, unknown]>([
    ["int", { type: "integer" }],
    ["str", { type: "string" }],
    ["bool", { type: "boolean" }],
    ["float", { type: "number" }],
    ["list", { type: "array", items: { type: "string" } }],
    ["list[int]", { type: "array", items: { type: "integer" } }],
    ["List[List[float]]", { type: "array", items: { type: "array", items: { type: "number" } } }],
    ["typing.List[str]", { type: "array", items: { type: "string" } }],
    ["dict", { type: "object" }],
    ["Dict[str, list[int]]", { type: "object", additionalProperties: { type: "array", items: { type: "integer" } } }],
    ["dict[str, Any]", { type: "object" }],
    ["Literal[\"a\", 'b']", { type: "string", enum: ["a", "b"] }],
    ["Literal[1, 2]", { type: "integer", enum: [1, 2] }],
    ['Literal["a", -1]', { enum: ["a", -1] }],
    ["int | str", { anyOf: [{ type: "integer" }, { type: "string" }] }],
    ["Union[int, str]", { anyOf: [{ type: "integer" }, { type: "string" }] }],
    ['"list[int]"', { type: "array", items: { type: "integer" } }],
    ["Annotated[int, 'n']", { type: "integer" }],
  ])("%s is required", (annotation, schema) => {
    expect(typed(annotation)).toEqual({ schema, required: ["x"] });
  });

  test.each(["Optional[int]", "int | None", "None | int", "Union[int, None]", "int = 3", "Optional[int] = None"])(
    "%s is an integer that may be left out",
    (annotation) => {
      expect(typed(annotation)).toEqual({ schema: { type: "integer" }, required: [] });
    },
  );

  test("a name given to a type stands for it", () => {
    expect(typed("Names", "Names = list[str]")).toEqual({
      schema: { type: "array", items: { type: "string" } },
      required: ["x"],
    });
  });

  test.each(["tuple", "tuple[int, str]", "Any", "set[int]", "dict[int, str]", "Unknown", "int & str", "3"])(
    "%s has no form in JSON, and the error names the line",
    (annotation) => {
      expect(refusal(source(`x: ${annotation}`))).toMatch(/^Type annotation '.*' is not supported.* \(line 2\)$/);
    },
  );
});

describe("classes as arguments", () => {
  const MODELS = `
from pydantic import BaseModel, Field

class Base(BaseModel):
    id: int

class Color(str, Enum):
    RED = "red"
    BLUE = "blue"

class Item(Base):
    """One item.

    Of many."""
    model_config = {}
    kind: ClassVar[str] = "x"
    name: str = Field(..., description="its "
                      "name", min_length=1)
    color: Color = Color.RED
    tags: list[str] = Field(default_factory=list, description="words")
    note: Optional[str] = Field(None)

    def total(self): return 1

class Order(BaseModel):
    items: list[Item] = Field(description="what is ordered")
    by_name: dict[str, Item]
`;
  const ITEM = {
    type: "object",
    description: "One item.",
    properties: {
      id: { type: "integer" },
      name: { type: "string", description: "its name" },
      color: { type: "string", enum: ["red", "blue"] },
      tags: { type: "array", items: { type: "string" }, description: "words" },
      note: { type: "string" },
    },
    required: ["id", "name"],
  };

  test("pydantic models are put in their places, with what they inherit", () => {
    expect(typed("Order", MODELS).schema).toEqual({
      type: "object",
      properties: {
        items: { type: "array", items: ITEM, description: "what is ordered" },
        by_name: { type: "object", additionalProperties: ITEM },
      },
      required: ["items", "by_name"],
    });
  });

  test("so are typed dictionaries", () => {
    const before = "class P(TypedDict):\n    a: int\n    b: NotRequired[str]\n";
    expect(typed("P", before).schema).toEqual({
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "string" } },
      required: ["a"],
    });
  });

  test("a class of another kind is refused, and so is one that contains itself", () => {
    expect(refusal(source("x: P", "class P:\n    a: int\n"))).toBe(
      "Type 'P' is not supported: it is neither a pydantic model, a TypedDict nor an Enum (line 1)",
    );
    expect(refusal(source("x: P", "class P(BaseModel):\n    a: list['P']\n"))).toContain("contains itself (line");
  });

  test("classes that multiply each other are refused within a moment", () => {
    const fields = (name: string) => Array.from("abcdefgh", (field) => `    ${field}: ${name}`).join("\n");
    const classes = Array.from({ length: 10 }, (_, index) => `class C${index}(BaseModel):\n${fields(`C${index + 1}`)}`);
    const last = "class C10(BaseModel):\n    a: int\n";
    expect(refusal(source("x: C0", `${classes.join("\n")}\n${last}`))).toContain("is too large");
  });
});

describe("what is missing in Python", () => {
  test.each<[string, string, string]>([
    ["a function", "x = 1", "No functions found in source code"],
    ["a docstring", "x = 1\ndef f(a: int):\n    return a", "Function f missing docstring (line 2)"],
    [
      "an annotation",
      'def f(\n    a,\n):\n    """D.\n\n    Args:\n        a: x\n    """',
      "Parameter 'a' in function 'f' lacks a type annotation (line 2)",
    ],
    [
      "a description",
      'def f(a: int):\n    """D."""',
      `Parameter 'a' in function 'f' lacks a description in the docstring: give it a line "a: what it is" below "Args:" (line 1)`,
    ],
    ["a bracket", "def f(a: int:\n    pass", "Failed to parse source code: invalid syntax (line 1)"],
  ])("%s is named with its line", (_what, code, message) => {
    expect(refusal(code)).toBe(message);
  });

  test("a parameter that takes the rest is refused", () => {
    const code = (parameter: string) => `def f(${parameter}: int):\n    """D."""`;
    expect(refusal(code("*args"))).toMatch(/^Parameter 'args' in function 'f' is \*args/);
    expect(refusal(code("**rest"))).toMatch(/^Parameter 'rest' in function 'f' is \*\*rest/);
  });

  test("new forms of f-strings are not taken for errors", () => {
    const body = `def f():\n    """D."""\n    return f"{", ".join(["a"])}"\n`;
    expect(() => derivePython(body)).not.toThrow();
  });
});
