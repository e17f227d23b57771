import { Tensor } from "onnxruntime-node";

/**
 * Float32 tensors that graphs write into, by name: the memory of one is used again by the next of its
 * name, so that a step neither asks for memory nor touches new pages.
 */
export class TensorPool {
  readonly #buffers = new Map<string, Float32Array<ArrayBuffer>>();

  /** The tensor `name` in a shape; what the one before of that name held is lost. */
  tensor(name: string, shape: readonly number[]): Tensor {
    const size = shape.reduce((a, b) => a * b, 1);
    let buffer = this.#buffers.get(name);
    if (buffer === undefined || buffer.length < size) {
      buffer = new Float32Array(size);
      this.#buffers.set(name, buffer);
    }
    return new Tensor("float32", buffer.subarray(0, size), shape);
  }

  /** Gives the memory back. */
  clear(): void {
    this.#buffers.clear();
  }
}
