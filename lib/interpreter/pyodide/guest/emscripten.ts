/** The part of Pyodide's Emscripten module that is used here. */
export interface EmscriptenModule {
  /** The memory as bytes; a new view after it grew. */
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  /** The memory as 32-bit words. */
  readonly HEAPU32: Uint32Array<ArrayBuffer>;
  /** The file system. */
  readonly FS: EmscriptenFs;
  /** The environment that Python will see. */
  readonly ENV: Record<string, string>;
  /** Pyodide's own settings. */
  readonly API: Record<string, unknown>;
  /** Takes memory; 0 when there is none. */
  _malloc(size: number): number;
  /** Gives memory back. */
  _free(pointer: number): void;
  /** The end of the heap, after moving it. */
  _sbrk(increment: number): number;
  /** Makes the memory `bytes` long. */
  growMemory(bytes: number): 1 | undefined;
  /** Beginning of the C stack (its high end). */
  _emscripten_stack_get_base(): number;
  /** End of the C stack (its low end). */
  _emscripten_stack_get_end(): number;
  /** The C stack's present place. */
  _emscripten_stack_get_current(): number;
  /** Runs source text in `__main__`; not 0 when it raised. */
  _PyRun_SimpleString(text: number): number;
  /** Makes a bytes object; 0 when it raised. */
  _PyBytes_FromStringAndSize(pointer: number, size: number): number;
  /** Address of a bytes object's contents. */
  _PyBytes_AsString(object: number): number;
  /** Length of a bytes object's contents. */
  _PyBytes_Size(object: number): number;
  /** Calls a callable; 0 when it raised. */
  _PyObject_CallOneArg(callable: number, argument: number): number;
  /** Gives up a reference. */
  _Py_DecRef(object: number): void;
  /** Address of the flag that makes Python look for signals. */
  readonly _Py_EMSCRIPTEN_SIGNAL_HANDLING: number;
}

/** A node of the in-memory file system. */
export interface FsNode {
  /** Its number. */
  id: number;
  /** Its name in its folder. */
  name: string;
  /** Type and permissions, as in C. */
  mode: number;
  /** Number of a device. */
  rdev: number;
  /** Its folder. */
  parent: FsNode;
  /** A file's bytes, or a folder's nodes. */
  contents?: Uint8Array | Record<string, FsNode>;
  /** A file's length. */
  usedBytes?: number;
  /** Target of a link. */
  link?: string;
  /** Time of the last read. */
  atime: number;
  /** Time of the last write. */
  mtime: number;
  /** Time of the last change. */
  ctime: number;
  /** The next node in the same place of the name table. */
  name_next?: FsNode;
  /** Operations on it. */
  node_ops: unknown;
  /** Operations on it once open. */
  stream_ops: unknown;
  /** Ours: counts the changes of a file's contents. */
  version?: number;
}

/** An open file. */
export interface FsStream {
  /** Its number. */
  fd: number;
  /** The file. */
  node: FsNode;
  /** The path by which it was opened. */
  path: string;
  /** True if its position can be set. */
  seekable: boolean;
  /** Operations on it once open. */
  stream_ops: unknown;
  /** The terminal, of a terminal. */
  tty?: unknown;
  /** The names in a folder that is being read. */
  getdents?: readonly string[] | null;
  /** State that files opened by `dup` share. */
  shared: { flags: number; position: number };
}

/** The operations of a character device. */
export interface DeviceOps {
  /** Opens. */
  open?(stream: FsStream): void;
  /** Closes. */
  close?(stream: FsStream): void;
  /** Fills part of a buffer; gives the number of bytes. */
  read?(stream: FsStream, buffer: Uint8Array, offset: number, length: number): number;
  /** Takes part of a buffer; gives the number of bytes. */
  write?(stream: FsStream, buffer: Uint8Array, offset: number, length: number): number;
  /** Sets the position. */
  llseek?(): number;
}

/** Emscripten's file system. */
export interface EmscriptenFs {
  /** The root folder. */
  readonly root: FsNode;
  /** Open files by their numbers. */
  streams: (FsStream | null | undefined)[];
  /** Nodes by a hash of folder and name. */
  nameTable: (FsNode | undefined)[];
  /** Number of the next node. */
  nextInode: number;
  /** The working folder. */
  currentPath: string;
  /** The types of file systems. */
  readonly filesystems: { readonly MEMFS: Memfs };
  /** Thrown for an error number. */
  readonly ErrnoError: new (errno: number) => Error;
  /** A node's class. */
  readonly FSNode: new (parent: FsNode | null, name: string, mode: number, rdev: number) => FsNode;
  /** An open file's class. */
  readonly FSStream: new () => FsStream;
  /** Adds a node to the name table. */
  hashAddNode(node: FsNode): void;
  /** True if a mode is a folder's. */
  isDir(mode: number): boolean;
  /** True if a mode is a file's. */
  isFile(mode: number): boolean;
  /** True if a mode is a link's. */
  isLink(mode: number): boolean;
  /** True if a mode is a character device's. */
  isChrdev(mode: number): boolean;
  /** A registered device. */
  getDevice(rdev: number): { stream_ops: DeviceOps };
  /** The number of a device. */
  makedev(major: number, minor: number): number;
  /** Sets a device's operations. */
  registerDevice(device: number, ops: DeviceOps): void;
  /** Makes a node for a device. */
  mkdev(path: string, device: number): void;
  /** Makes a folder and those above it. */
  mkdirTree(path: string): void;
  /** The node at a path. */
  lookupPath(path: string): { node: FsNode };
  /** Writes a whole file. */
  writeFile(path: string, data: Uint8Array | string): void;
  /** Reads a whole file. */
  readFile(path: string): Uint8Array<ArrayBuffer>;
  /** Removes a file. */
  unlink(path: string): void;
  /** Opens. */
  open(path: string, flags: string): FsStream;
  /** Adds to the open files. */
  createStream(stream: Partial<FsStream>, fd?: number): FsStream;
  /** Sets the working folder. */
  chdir(path: string): void;
}

/** Emscripten's in-memory file system type. */
export interface Memfs {
  /** The operations of each type of node. */
  readonly ops_table: Record<
    "dir" | "file" | "link" | "chrdev",
    { node: unknown; stream: unknown }
  >;
  /** Makes a node. */
  createNode(parent: FsNode | null, name: string, mode: number, rdev: number): FsNode;
  /** Sets a file's length. */
  resizeFileStorage(node: FsNode, size: number): void;
}

/** Settings for Pyodide's script. */
export interface EmscriptenSettings {
  /** True to leave Python unstarted. */
  readonly noInitialRun: boolean;
  /** Bytes of memory at first. */
  readonly INITIAL_MEMORY?: number;
  /** Gives the next byte of standard input, or null at its end. */
  readonly stdin: () => null;
  /** Takes a byte of standard output. */
  readonly stdout: () => void;
  /** Takes a byte of standard error, or null to flush. */
  readonly stderr: (byte: number | null) => void;
  /** Takes a line for the console. */
  readonly print: (line: string) => void;
  /** Takes a line of errors for the console. */
  readonly printErr: (line: string) => void;
  /** Python's command line. */
  readonly arguments: readonly string[];
  /** Python's own name. */
  readonly thisProgram: string;
  /** Pyodide's own settings. */
  readonly API: Record<string, unknown>;
  /** Called before Python starts. */
  readonly preRun: readonly ((module: EmscriptenModule) => void)[];
  /** The address of a file that the script wants. */
  locateFile(name: string): string;
  /** Instantiates the WebAssembly with the imports given. */
  instantiateWasm(
    imports: WebAssembly.Imports,
    ready: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}
