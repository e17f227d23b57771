import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import { fetchWheels, lockedWheels } from "@potstill/interpreter/pyodide/fetch_wheels.ts";
import { zipSync } from "fflate";
import { sideModule } from "./side_module.ts";

/** Debian's packages python3-sympy and python3-mpmath, which are pure Python. */
const DEBIAN = "/usr/lib/python3/dist-packages";

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

const hasSympy = isThere(`${DEBIAN}/sympy`) && isThere(`${DEBIAN}/mpmath`);
if (!hasSympy) console.log("Debian's python3-sympy is not installed: its test is skipped");
const text = (value: string) => new TextEncoder().encode(value);
const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();

Deno.test("a wheel and a package's folder can be imported; images are kept and checked", async () => {
  const folder = await Deno.makeTempDir();
  const wheel = zipSync({
    "tiny/__init__.py": text("from .part import VALUE\n"),
    "tiny/part.py": text("VALUE = 42\n"),
  });
  await Deno.writeFile(`${folder}/tiny-1.0-py3-none-any.whl`, wheel);
  await Deno.mkdir(`${folder}/plain`);
  await Deno.writeTextFile(`${folder}/plain/__init__.py`, "NAME = 'plain'\n");
  await Deno.mkdir(`${folder}/plain/inner`);
  await Deno.writeTextFile(`${folder}/plain/inner/__init__.py`, "");
  await Deno.writeTextFile(`${folder}/plain/inner/größe.py`, "WERT = 3\n");
  const options = {
    processes: 1,
    packages: ["tiny", "plain"],
    packagesFolder: folder,
    cacheFolder: `${folder}/cache`,
    imports: ["tiny", "plain"],
  };
  const answer = async () => {
    const interpreter = await createInterpreter(options);
    const session = await interpreter.open([]);
    const { output, error } = await session.run(
      "import tiny, plain\nfrom plain.inner.größe import WERT\ntiny.VALUE, plain.NAME, WERT",
    );
    assert.equal(error, null);
    await interpreter.close();
    return output;
  };
  assert.equal(await answer(), "(42, 'plain', 3)");
  const images = [...Deno.readDirSync(options.cacheFolder)].map(({ name }) => name);
  assert.equal(images.length, 1);
  assert.equal(await answer(), "(42, 'plain', 3)");
  // A damaged image is made again.
  const path = `${options.cacheFolder}/${images[0]}`;
  await Deno.truncate(path, 1_000_000);
  assert.equal(await answer(), "(42, 'plain', 3)");
  assert.ok((await Deno.stat(path)).size > 1_000_000);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a wheel with compiled code is loaded in every process alike", async () => {
  const folder = await Deno.makeTempDir();
  const tag = "cp314-cp314-pyemscripten_2026_0_wasm32";
  const wheel = zipSync({
    "fast/__init__.py": text("from . import core\nVALUE = 7\n"),
    "fast/core.cpython-314-wasm32-emscripten.so": sideModule("core"),
  });
  await Deno.writeFile(`${folder}/fast-2.0-${tag}.whl`, wheel);
  const interpreter = await createInterpreter({
    processes: 2,
    packages: ["fast"],
    packagesFolder: folder,
    imports: ["*"],
  });
  const code = "import fast\nprint(type(fast.core).__name__, fast.core.__file__)\nfast.VALUE";
  const patient = { timeoutMs: 60_000 };
  const sessions = await Promise.all([interpreter.open([]), interpreter.open([])]);
  const runs = await Promise.all(sessions.map((session) => session.run(code, patient)));
  for (const { logs, output, error } of runs) {
    assert.equal(error, null);
    assert.match(logs, /^module .*\/fast\/core\..*\.so\n$/);
    assert.equal(output, "7");
  }
  // A state goes from one process to the other.
  const both = await sessions[0].runCandidates(
    ["x = 1\nfast.VALUE", "x = 2\nfast.VALUE + 1"],
    patient,
  );
  assert.deepEqual(both.executions.map((e) => e.output), ["7", "8"]);
  await both.commit(1);
  assert.equal((await sessions[0].run("x", patient)).output, "2");
  // Agents' code cannot load any.
  const copy = "import shutil, sys\nshutil.copy(fast.core.__file__, '/tmp/core2.so')\n" +
    "import importlib.machinery as m, importlib.util as u\n" +
    "l = m.ExtensionFileLoader('core2', '/tmp/core2.so')\n" +
    "u.module_from_spec(u.spec_from_loader('core2', l))";
  assert.match((await sessions[0].run(copy, patient)).error!.message, /Error/);
  await interpreter.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a package that is missing is named, with what to do", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(
    createInterpreter({ packages: ["sympy"], packagesFolder: folder }),
    /Cannot load the Python package mpmath: .* Fetch the wheels with `deno task potstill wheels`/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pure packages come from the Python Package Index, a mirror's from the mirror", async () => {
  const wheels = await lockedWheels(["math-verify"]);
  assert.deepEqual(wheels.map(([{ name }]) => name), [
    "antlr4-python3-runtime",
    "mpmath",
    "sympy",
    "latex2sympy2-extended",
    "math-verify",
  ]);
  for (const [{ url, file, sha256 }] of wheels) {
    assert.match(url, /^https:\/\/files\.pythonhosted\.org\/.*-none-any\.whl$/);
    assert.ok(url.endsWith(`/${file}`) && /^[0-9a-f]{64}$/.test(sha256));
  }
  const mirror = "http://127.0.0.1:1/";
  const [mpmath, sympy] = await lockedWheels(["sympy"], mirror);
  for (const choices of [mpmath, sympy]) {
    assert.deepEqual(choices.map(({ url, file }) => url === mirror + file), [true]);
  }
  const [[numpy]] = await lockedWheels(["numpy"]);
  assert.match(numpy.url, /^https:\/\/cdn\.jsdelivr\.net\/pyodide\//);
  await assert.rejects(lockedWheels(["constructor"]), /has no such package/);
});

Deno.test("wheels are fetched once and checked by their sums", async () => {
  const folder = await Deno.makeTempDir();
  let requests = 0;
  const wrong = text("not a wheel");
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    requests++;
    return request.url.includes("mpmath")
      ? new Response(wrong)
      : new Response("no", { status: 404 });
  });
  const address = `http://127.0.0.1:${server.addr.port}/`;
  await assert.rejects(
    fetchWheels(["mpmath"], folder, address),
    new RegExp(`its SHA-256 is ${await sha256(wrong)}, not [0-9a-f]{64}`),
  );
  await assert.rejects(fetchWheels(["numpy"], folder, address), /HTTP status 404.* put numpy-/s);
  await assert.rejects(fetchWheels(["nothing"], folder, address), /has no such package/);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  assert.equal(requests, 2);
  await server.shutdown();
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "sympy and mpmath of Debian",
  ignore: !hasSympy,
  async fn() {
    const interpreter = await createInterpreter({
      processes: 1,
      packages: ["sympy"],
      packagesFolder: DEBIAN,
      timeoutMs: 120_000,
    });
    const session = await interpreter.open([]);
    const { output, error } = await session.run(
      `from sympy import symbols, solve, integrate, sin, pi
x = symbols('x')
solve(x**2 - 5*x + 6, x), integrate(sin(x), (x, 0, pi)), pi.evalf(20)`,
    );
    assert.equal(error, null);
    assert.equal(output, "([2, 3], 2, 3.1415926535897932385)");
    const run = await session.runCandidates(["x = 3\nx", "y = x**2\ny.subs(x, 3)", "solve(x - 1)"]);
    assert.deepEqual(run.executions.map((e) => e.output), ["3", "9", "[1]"]);
    await run.commit(1);
    assert.equal((await session.run("y.diff(x)")).output, "2*x");
    await interpreter.close();
  },
});
