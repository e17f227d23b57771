/**
 * A compiled Python extension for WebAssembly, by hand: `PyInit_<name>` makes an empty module.
 *
 * @source the WebAssembly tool conventions' DynamicLinking.md (section `dylink.0`), CPython's moduleobject.h
 */
export function sideModule(name: string): Uint8Array<ArrayBuffer> {
  const section = (id: number, bytes: readonly number[]) => [id, bytes.length, ...bytes];
  const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  const i32 = 0x7f;
  const nameAt = [0xc0, 0x00]; // 64, signed
  const nameField = 20, sizeField = 28;
  const base = [0x23, 0]; // global.get __memory_base
  const body = [
    [0], // no locals
    [...base, ...base, 0x41, ...nameAt, 0x6a, 0x36, 2, nameField], // m_name = base + 64
    [...base, 0x41, 0x7f, 0x36, 2, sizeField], // m_size = -1
    [...base, 0x41, 0xf5, 0x07, 0x10, 0, 0x0b], // PyModule_Create2(base, 1013)
  ].flat();
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const imports = [
    [...text("env"), ...text("memory"), 2, 0, 1],
    [...text("env"), ...text("__memory_base"), 3, i32, 0],
    [...text("env"), ...text("PyModule_Create2"), 0, 0],
  ];
  return new Uint8Array([
    ...header,
    ...section(0, [...text("dylink.0"), 1, 5, 0x80, 0x01, 2, 0, 0]), // 128 bytes, aligned to 4
    ...section(1, [2, 0x60, 2, i32, i32, 1, i32, 0x60, 0, 1, i32]),
    ...section(2, [imports.length, ...imports.flat()]),
    ...section(3, [1, 1]),
    ...section(7, [1, ...text(`PyInit_${name}`), 0, 1]),
    ...section(10, [1, body.length, ...body]),
    ...section(11, [1, 0, ...base, 0x41, ...nameAt, 0x6a, 0x0b, ...text(name)]),
  ]);
}
