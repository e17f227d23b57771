/**
 * Python that reads and writes all of the interpreter's memory as `memory`, a bytearray that begins at
 * address 8 and was never made: bytecode that loads a constant from beyond its constants finds it.
 * What agents' code can do at the worst, whatever may be imported.
 */
export const RAW_MEMORY = `
import opcode, struct
def raw_memory(size):
    data_at = bytes.__basicsize__ - 1
    # refcount, type, size, allocated, bytes, start, exports
    fake = struct.pack('<IIIIIII', 0x3fffffff, id(bytearray), size, size + 1, 8, 8, 0)
    pointer = struct.pack('<I', id(fake) + data_at)
    code = (lambda: None).__code__.replace(co_consts=(None,))
    items_at = id(code.co_consts) + tuple.__basicsize__
    index = ((id(pointer) + data_at - items_at) // 4) & 0xffffffff
    ops = opcode.opmap
    def evil(): pass
    evil.__code__ = code.replace(co_code=bytes([
        ops['RESUME'], 0, ops['EXTENDED_ARG'], index >> 24, ops['EXTENDED_ARG'], index >> 16 & 255,
        ops['EXTENDED_ARG'], index >> 8 & 255, ops['LOAD_CONST'], index & 255, ops['RETURN_VALUE'], 0,
    ]))
    # The tuple of constants moves with the code; aim again.
    items_at = id(evil.__code__.co_consts) + tuple.__basicsize__
    assert ((id(pointer) + data_at - items_at) // 4) & 0xffffffff == index
    return evil(), (fake, pointer, evil)
`;
