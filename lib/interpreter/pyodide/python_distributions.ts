/** A file of the Python Package Index. */
export interface PypiWheel {
  /** Its address. */
  readonly url: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly sha256: string;
}

/** A Python package that Potstill knows more of than its name. */
export interface PythonDistribution {
  /** The module that is imported. */
  readonly module: string;
  /** Other packages that it needs. */
  readonly needs: readonly string[];
  /** Its wheel at the Python Package Index; without one only Pyodide's own serves. */
  readonly pypi?: PypiWheel;
}

const FILES = "https://files.pythonhosted.org/packages/";

/** Pure Python packages, in the versions that `pip install math-verify==0.9.0` gives. */
const DISTRIBUTIONS: Readonly<Record<string, PythonDistribution>> = {
  mpmath: {
    module: "mpmath",
    needs: [],
    pypi: {
      url: FILES + "43/e3/7d92a15f894aa0c9c4b49b8ee9ac9850d6e63b03c9c32c0367a13ae62209/" +
        "mpmath-1.3.0-py3-none-any.whl",
      sha256: "a0b2b9fe80bbcd81a6647ff13108738cfb482d481d826cc0e02f5b35e5c88d2c",
    },
  },
  sympy: {
    module: "sympy",
    needs: ["mpmath"],
    pypi: {
      url: FILES + "a2/09/77d55d46fd61b4a135c444fc97158ef34a095e5681d0a6c10b75bf356191/" +
        "sympy-1.14.0-py3-none-any.whl",
      sha256: "e091cc3e99d2141a0ba2847328f5479b05d94a6635cb96148ccb3f34671bd8f5",
    },
  },
  "antlr4-python3-runtime": {
    module: "antlr4",
    needs: [],
    pypi: {
      url: FILES + "89/03/a851e84fcbb85214dc637b6378121ef9a0dd61b4c64265675d8a5c9b1ae7/" +
        "antlr4_python3_runtime-4.13.2-py3-none-any.whl",
      sha256: "fe3835eb8d33daece0e799090eda89719dbccee7aa39ef94eed3818cafa5a7e8",
    },
  },
  "latex2sympy2-extended": {
    module: "latex2sympy2_extended",
    needs: ["antlr4-python3-runtime", "sympy"],
    pypi: {
      url: FILES + "e9/61/f75cd1fa54d8434276126034aed54dd120747de9a8fa013cdd79545ccbeb/" +
        "latex2sympy2_extended-1.11.0-py3-none-any.whl",
      sha256: "aebb77d52ce269e25028e4bea89ddb14d242ba36bcf7b636496fb5fd9728d234",
    },
  },
  "math-verify": {
    module: "math_verify",
    needs: ["latex2sympy2-extended"],
    pypi: {
      url: FILES + "62/76/6b4969bccc842b6567f7e6ee015684b9428a9b7fcbdf479e73716f43597f/" +
        "math_verify-0.9.0-py3-none-any.whl",
      sha256: "3703e7c4885354027fa84409d762a596a2906d1fd4deb78361876bd905a76194",
    },
  },
};

/** Distribution of a package; for an unknown one, its module is taken to have its name. */
export function pythonDistribution(name: string): PythonDistribution {
  return Object.hasOwn(DISTRIBUTIONS, name)
    ? DISTRIBUTIONS[name]
    : { module: name.replace(/[-.]/g, "_"), needs: [] };
}

/** `names` and their dependencies, each once, dependencies first. */
export function withNeeds(names: readonly string[]): string[] {
  return [
    ...new Set(names.flatMap((name) => [...withNeeds(pythonDistribution(name).needs), name])),
  ];
}
