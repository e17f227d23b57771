import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256Hex } from "@potstill/runs/hash.ts";
import { weightsSha256 } from "@potstill/student/checkpoint/weights_hash.ts";

const write = (folder: string, name: string, text: string) =>
  Deno.writeTextFile(join(folder, name), text);

Deno.test("the hash of weights is that of the file, of all shards, or of the ONNX model", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(weightsSha256(folder), /has no model\.safetensors/);
  await Deno.mkdir(join(folder, "onnx"));
  await write(folder, "onnx/model.onnx", "graph");
  await write(folder, "onnx/model.onnx_data", "one");
  const onnx = await weightsSha256(folder);
  await write(folder, "onnx/model.onnx_data", "two");
  const otherOnnx = await weightsSha256(folder);
  await write(folder, "model.safetensors.index.json", "{}");
  await write(folder, "a.safetensors", "one");
  await write(folder, "b.safetensors", "two");
  const shards = await weightsSha256(folder);
  await write(folder, "b.safetensors", "three");
  const otherShards = await weightsSha256(folder);
  await write(folder, "model.safetensors", "all");
  const single = await weightsSha256(folder);
  assert.equal(single, sha256Hex("all"));
  assert.equal(new Set([onnx, otherOnnx, shards, otherShards, single]).size, 5);
  await Deno.remove(folder, { recursive: true });
});
