import assert from "node:assert/strict";
import { join } from "node:path";
import { GraphBuilder } from "@potstill/onnx/graph_builder.ts";
import type { ExternalData } from "@potstill/onnx/model_proto.ts";
import { readCheckpoint } from "@potstill/student/checkpoint/checkpoint_folder.ts";
import { readOnnxWeights } from "@potstill/student/checkpoint/onnx_weights.ts";
import type { StudentConfig } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { initWeights, type Weight, type Weights } from "@potstill/student/weights.ts";
import { findTorch } from "../../bench/torch_peer.ts";

const shape = {
  model_type: "qwen2",
  vocab_size: 50,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  tie_word_embeddings: false,
};
const config = parseStudentConfig(shape, "the test");
const weights = initWeights(config, 7);

/** Writes constants as an exporter does. */
interface Style {
  readonly half?: boolean;
  readonly external?: boolean;
  readonly packed?: boolean;
}

function transposed({ shape: [rows, columns], data }: Weight): Weight {
  const out = Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
  return { shape: [columns, rows], data: out };
}

function sideBySide(parts: readonly Weight[]): Weight {
  const data = Float32Array.from(parts.flatMap((part) => [...part.data]));
  return { shape: [data.length / parts[0].shape[1], parts[0].shape[1]], data };
}

/** A model with the names of PyTorch's exporter, or with `packed` those of the model builder. */
async function write(folder: string, all: Weights, config: StudentConfig, style: Style = {}) {
  const graph = new GraphBuilder("main");
  const x = graph.input("x", "float32", ["rows", "columns"]);
  const parts: Uint8Array[] = [];
  let offset = 0;
  const put = (name: string, { shape, data }: Weight) => {
    const stored = style.half ? new Float16Array(data) : data;
    const type = style.half ? "float16" : "float32";
    if (!style.external) return graph.initializer(name, type, shape, stored);
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const place: ExternalData = { location: "model.onnx_data", offset, lengthBytes: bytes.length };
    parts.push(bytes);
    offset += bytes.length;
    return graph.initializer(name, type, shape, place);
  };
  let next = 100;
  const multiply = (at: string, weight: Weight) => {
    const matrix = put(`onnx::MatMul_${next++}`, transposed(weight));
    graph.scope(at, () => graph.op("MatMul", [x, matrix]));
  };
  for (const [name, weight] of all) {
    const matrix = /^model\.layers\.(\d+)\.(self_attn|mlp)\.(\w+_proj)\.weight$/.exec(name);
    if (name === "lm_head.weight") multiply("/lm_head", weight);
    else if (matrix === null && style.packed) {
      put(
        name.replace(".self_attn.", ".attn.").replace(/_proj\.bias$/, "_proj.Add.bias").replace(
          "model.norm.",
          `model.layers.${config.num_hidden_layers}.final_norm_layernorm.`,
        ),
        weight,
      );
    } else if (matrix === null) put(name, weight);
    else if (!style.packed) {
      multiply(`/model/layers.${matrix[1]}/${matrix[2]}/${matrix[3]}`, weight);
    } else if (matrix[3] === "q_proj") {
      const three = ["q", "k", "v"].map((part) => all.get(name.replace("q_proj", `${part}_proj`))!);
      multiply(`/model/layers.${matrix[1]}/attn/qkv_proj`, sideBySide(three));
    } else if (!/^[kv]_/.test(matrix[3])) {
      const block = matrix[2] === "self_attn" ? "attn" : "mlp";
      multiply(`/model/layers.${matrix[1]}/${block}/${matrix[3]}`, weight);
    }
  }
  const path = join(folder, "model.onnx");
  await Deno.writeFile(path, graph.encode());
  if (style.external) {
    await Deno.writeFile(
      join(folder, "model.onnx_data"),
      await new Blob(parts as BlobPart[]).bytes(),
    );
  }
  return path;
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await body(folder).finally(() => Deno.remove(folder, { recursive: true }));
}

function assertSame(read: Weights, expected: Weights, tolerance = 0): void {
  assert.deepEqual([...read.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { shape, data }] of expected) {
    assert.deepEqual(read.get(name)!.shape, shape, name);
    read.get(name)!.data.forEach((value, i) =>
      assert.ok(Math.abs(value - data[i]) <= tolerance * Math.abs(data[i]) + tolerance / 100, name)
    );
  }
}

Deno.test("weights come back from an exported model, whole, halved, external and packed", async () => {
  for (
    const style of [{}, { external: true }, { packed: true }, { packed: true, external: true }]
  ) {
    await withFolder(async (folder) =>
      assertSame(
        await readOnnxWeights(await write(folder, weights, config, style), config),
        weights,
      )
    );
  }
  await withFolder(async (folder) => {
    const path = await write(folder, weights, config, { half: true });
    assertSame(await readOnnxWeights(path, config), weights, 1e-3);
  });
});

Deno.test("a folder with a configuration and an ONNX model alone is a checkpoint", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(shape));
    await assert.rejects(readCheckpoint(folder), /has no model\.safetensors$/);
    await Deno.mkdir(join(folder, "onnx"));
    await Deno.writeFile(join(folder, "onnx", "model_q4.onnx"), new Uint8Array(1));
    await assert.rejects(readCheckpoint(folder), /model_q4\.onnx is quantized/);
    await write(join(folder, "onnx"), weights, config);
    assertSame((await readCheckpoint(folder)).weights, weights);
  });
});

Deno.test("what does not fit is named", async () => {
  await withFolder(async (folder) => {
    const path = await write(folder, weights, config, { external: true });
    const other = parseStudentConfig({ ...shape, intermediate_size: 32 }, "the test");
    await assert.rejects(readOnnxWeights(path, other), /gate_proj\.weight is \[24,16\].*\[32,16\]/);
    const deeper = parseStudentConfig({ ...shape, num_hidden_layers: 3 }, "the test");
    await assert.rejects(readOnnxWeights(path, deeper), /has no model\.layers\.2\./);
    await Deno.truncate(join(folder, "model.onnx_data"), 1000);
    await assert.rejects(readOnnxWeights(path, config), /ends at byte \d+, the file has 1000/);
    await Deno.remove(join(folder, "model.onnx_data"));
    await assert.rejects(readOnnxWeights(path, config), /Cannot read .*model\.onnx_data/);
    await Deno.truncate(path, 500);
    await assert.rejects(readOnnxWeights(path, config), /model\.onnx: it is cut short/);
  });
  await withFolder(async (folder) => {
    const graph = new GraphBuilder("main");
    const x = graph.input("x", "float32", ["rows", 16]);
    graph.scope(
      "/model/layers.0/mlp/up_proj/",
      () => graph.op("MatMulNBits", [x, x, x], { bits: { int: 4 } }, "com.microsoft"),
    );
    const path = join(folder, "model.onnx");
    await Deno.writeFile(path, graph.encode());
    await assert.rejects(readOnnxWeights(path, config), /it is quantized \(MatMulNBits\)/);
  });
});

const python = await findTorch();
Deno.test({
  name: "weights come back from a model that PyTorch exported",
  ignore: python === null,
  fn: () =>
    withFolder(async (folder) => {
      const script = new URL("./export_with_torch.py", import.meta.url).pathname;
      const { success, stderr } = await new Deno.Command(python!, { args: [script, folder] })
        .output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const exported: Record<string, number[]> = JSON.parse(
        await Deno.readTextFile(join(folder, "weights.json")),
      );
      const read = await readOnnxWeights(join(folder, "model.onnx"), config);
      assert.equal(read.size, Object.keys(exported).length);
      for (const [name, numbers] of Object.entries(exported)) {
        assert.deepEqual([...read.get(name)!.data], [...Float32Array.from(numbers)], name);
      }
    }),
});
