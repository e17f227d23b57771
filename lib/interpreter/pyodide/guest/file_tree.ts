import type { EmscriptenFs, EmscriptenModule, FsNode, FsStream } from "./emscripten.ts";
import { emptyFolder, limitFiles, reachableNodes } from "./file_limits.ts";

/** A file, folder, link or device. */
export interface NodeState {
  /** Its number. */
  readonly id: number;
  /** Type and permissions, as in C. */
  readonly mode: number;
  /** Number of a device. */
  readonly rdev: number;
  /** Read, written and changed, in milliseconds since 1970. */
  readonly times: readonly [number, number, number];
  /** Numbers by names, of a folder. */
  readonly children?: Readonly<Record<string, number>>;
  /** Target of a link. */
  readonly link?: string;
  /** The contents of a file: a copy that is never written to. */
  readonly bytes?: Uint8Array;
  /** Changes with the contents; of this process alone. */
  readonly version?: number;
}

/** An open file; equal `group` means a shared position. */
export interface StreamState {
  /** Its number. */
  readonly fd: number;
  /** Number of its file. */
  readonly node: number;
  /** The path by which it was opened. */
  readonly path: string;
  /** As given to `open`. */
  readonly flags: number;
  /** Position of the next byte that is read or written. */
  readonly position: number;
  /** True if the position can be set. */
  readonly seekable: boolean;
  /** Equal for files opened by `dup`. */
  readonly group: number;
}

/** All that the file system holds. */
export interface FileTreeState {
  /** Number of the next file. */
  readonly nextInode: number;
  /** The working folder. */
  readonly cwd: string;
  /** Every file, folder, link and device, by its number. */
  readonly nodes: ReadonlyMap<number, NodeState>;
  /** The open files. */
  readonly streams: readonly StreamState[];
}

/** Saves and restores Emscripten's in-memory file system, exactly, and limits its size. */
export class FileTree {
  readonly #fs: EmscriptenFs;
  readonly #known = new Map<number, FsNode>();
  readonly #baseStreams: readonly (FsStream | null | undefined)[];
  /** The state when the process began. */
  readonly base: FileTreeState;
  #current: FileTreeState;
  readonly #recount: () => void;
  #touched = false;
  #changes = 0;

  /**
   * Takes the present files for the base.
   *
   * @param maxBytes what all files together may hold beyond what they hold now
   * @param time given to all files that exist now
   */
  constructor(module: EmscriptenModule, maxBytes: number, time: number) {
    const fs = this.#fs = module.FS;
    // The one mount, a view of the open files that this cannot restore.
    delete (fs.lookupPath("/proc/self").node.contents as Record<string, FsNode>).fd;
    // Devices that keep what is written to them, or random bytes of the host, outside of the state.
    for (const name of ["tty", "tty1", "random", "urandom"]) fs.unlink(`/dev/${name}`);
    this.#recount = limitFiles(module, maxBytes, (node) => node.version = ++this.#changes);
    this.#baseStreams = [...fs.streams];
    for (const node of reachableNodes(fs)) {
      node.atime = node.mtime = node.ctime = time;
      node.version = 0;
    }
    this.base = this.#current = this.#capture(null);
    this.#touched = true;
    this.restore(this.base);
  }

  /** Says that files may have changed since the last `capture`. */
  touch(): void {
    this.#touched = true;
  }

  /** The present state; the same object as before when nothing changed. */
  capture(): FileTreeState {
    if (!this.#touched) return this.#current;
    this.#touched = false;
    const next = this.#capture(this.#current);
    if (equal(next, this.#current)) return this.#current;
    if (equal(next, this.base)) return this.#current = this.base;
    return this.#current = next;
  }

  /** Puts a state back. */
  restore(state: FileTreeState): void {
    if (!this.#touched && state === this.#current) return;
    const fs = this.#fs;
    const nodes = new Map<number, FsNode>();
    for (const [id, saved] of state.nodes) nodes.set(id, this.#node(id, saved));
    fs.nameTable = new Array(fs.nameTable.length);
    for (const [id, saved] of state.nodes) {
      if (saved.children === undefined) continue;
      const node = nodes.get(id)!;
      const children = emptyFolder();
      for (const [name, child] of Object.entries(saved.children)) {
        const inner = nodes.get(child)!;
        inner.name = name;
        inner.parent = node;
        children[name] = inner;
        fs.hashAddNode(inner);
      }
      node.contents = children;
    }
    fs.streams = [];
    const groups = new Map<number, FsStream["shared"]>();
    for (const saved of state.streams) {
      const stream = this.#stream(saved, nodes.get(saved.node)!);
      const shared = groups.get(saved.group) ?? { flags: saved.flags, position: saved.position };
      groups.set(saved.group, shared);
      stream.shared = shared;
      fs.streams[saved.fd] = stream;
    }
    fs.nextInode = state.nextInode;
    fs.currentPath = state.cwd;
    this.#forget(state.nodes);
    this.#recount();
    this.#current = state;
    this.#touched = false;
  }

  /** Drops nodes that are neither among `nodes` nor in the base. */
  #forget(nodes: ReadonlyMap<number, NodeState>): void {
    for (const id of this.#known.keys()) {
      if (!nodes.has(id) && !this.base.nodes.has(id)) this.#known.delete(id);
    }
  }

  #node(id: number, saved: NodeState): FsNode {
    const fs = this.#fs;
    let node = this.#known.get(id);
    if (node === undefined) {
      node = new fs.FSNode(fs.root, "", saved.mode, saved.rdev);
      node.id = id;
      const table = fs.filesystems.MEMFS.ops_table;
      const ops = fs.isDir(saved.mode)
        ? table.dir
        : fs.isFile(saved.mode)
        ? table.file
        : fs.isLink(saved.mode)
        ? table.link
        : table.chrdev;
      node.node_ops = ops.node;
      node.stream_ops = ops.stream;
      this.#known.set(id, node);
    }
    node.mode = saved.mode;
    node.rdev = saved.rdev;
    node.name_next = undefined;
    [node.atime, node.mtime, node.ctime] = saved.times;
    if (saved.link !== undefined) node.link = saved.link;
    if (saved.bytes !== undefined && (node.version !== saved.version || !node.contents)) {
      node.contents = saved.bytes.slice();
      node.usedBytes = saved.bytes.length;
      node.version = saved.version;
    }
    return node;
  }

  #stream(saved: StreamState, node: FsNode): FsStream {
    const base = this.#baseStreams[saved.fd];
    const own = { fd: saved.fd, path: saved.path, getdents: null };
    // A terminal's stream has what no other gets; that it was closed is forgotten.
    if (base && base.node === node) return Object.assign(base, own);
    const stream = new this.#fs.FSStream();
    const ops = this.#fs.isChrdev(node.mode)
      ? this.#fs.getDevice(node.rdev).stream_ops
      : node.stream_ops;
    return Object.assign(stream, own, {
      node,
      seekable: saved.seekable,
      stream_ops: ops,
      ungotten: [],
      error: false,
    });
  }

  #capture(previous: FileTreeState | null): FileTreeState {
    const fs = this.#fs;
    const nodes = new Map<number, NodeState>();
    for (const node of reachableNodes(fs)) {
      this.#known.set(node.id, node);
      nodes.set(node.id, this.#nodeState(node, previous?.nodes.get(node.id)));
    }
    if (previous !== null) this.#forget(nodes);
    const groups = new Map<object, number>();
    const streams: StreamState[] = [];
    fs.streams.forEach((stream) => {
      if (!stream) return;
      const group = groups.get(stream.shared) ?? stream.fd;
      groups.set(stream.shared, group);
      const { fd, node, path, shared, seekable } = stream;
      const { flags } = shared;
      // A device has no position, though Emscripten counts on.
      const position = fs.isChrdev(node.mode) ? 0 : shared.position ?? 0;
      streams.push({ fd, node: node.id, path, flags, position, seekable, group });
    });
    return { nextInode: fs.nextInode, cwd: fs.currentPath, nodes, streams };
  }

  #nodeState(node: FsNode, previous: NodeState | undefined): NodeState {
    const state = {
      id: node.id,
      mode: node.mode,
      rdev: node.rdev,
      times: [Number(node.atime), Number(node.mtime), Number(node.ctime)] as const,
    };
    if (this.#fs.isDir(node.mode)) {
      const entries = Object.entries((node.contents ?? {}) as Record<string, FsNode>);
      return { ...state, children: Object.fromEntries(entries.map(([name, n]) => [name, n.id])) };
    }
    if (this.#fs.isLink(node.mode)) return { ...state, link: node.link };
    if (!this.#fs.isFile(node.mode)) return state;
    const version = node.version ??= 0;
    const same = previous?.bytes !== undefined && previous.version === version;
    const bytes = same
      ? previous.bytes
      : (node.contents as Uint8Array).slice(0, node.usedBytes ?? 0);
    return { ...state, bytes, version };
  }

  /** The bytes of a state, for another process that began with the same files. */
  encode(state: FileTreeState): { header: EncodedTree; bytes: Uint8Array<ArrayBuffer> } {
    const parts: Uint8Array[] = [];
    const nodes = Array.from(state.nodes.values(), ({ bytes, version: _, ...node }) => {
      if (bytes === undefined || this.base.nodes.get(node.id)?.bytes === bytes) return { ...node };
      parts.push(bytes);
      return { ...node, size: bytes.length };
    });
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    const { nextInode, cwd, streams } = state;
    return { header: { nextInode, cwd, nodes, streams }, bytes: out };
  }

  /** The state that `encode` made bytes of. */
  decode(header: EncodedTree, bytes: Uint8Array): FileTreeState {
    let at = 0;
    const nodes = new Map<number, NodeState>();
    for (const { size, ...node } of header.nodes) {
      const base = this.base.nodes.get(node.id);
      if (size !== undefined) {
        const own = bytes.slice(at, at += size);
        nodes.set(node.id, { ...node, bytes: own, version: ++this.#changes });
      } else if (base?.bytes !== undefined) {
        nodes.set(node.id, { ...node, bytes: base.bytes, version: base.version });
      } else nodes.set(node.id, node);
    }
    return { nextInode: header.nextInode, cwd: header.cwd, nodes, streams: header.streams };
  }
}

/** A {@link FileTreeState} as JSON, without the contents of files. */
export interface EncodedTree {
  /** Number of the next file. */
  readonly nextInode: number;
  /** The working folder. */
  readonly cwd: string;
  /** Every file, folder, link and device, by its number. */
  readonly nodes: readonly (Omit<NodeState, "bytes" | "version"> & { readonly size?: number })[];
  /** The open files. */
  readonly streams: readonly StreamState[];
}

function equal(a: FileTreeState, b: FileTreeState): boolean {
  if (a.cwd !== b.cwd || a.nodes.size !== b.nodes.size || a.nextInode !== b.nextInode) return false;
  if (JSON.stringify(a.streams) !== JSON.stringify(b.streams)) return false;
  for (const [id, one] of a.nodes) {
    const other = b.nodes.get(id);
    if (other === undefined || one.bytes !== other.bytes || one.version !== other.version) {
      return false;
    }
    if (JSON.stringify({ ...one, bytes: 0 }) !== JSON.stringify({ ...other, bytes: 0 })) {
      return false;
    }
  }
  return true;
}
