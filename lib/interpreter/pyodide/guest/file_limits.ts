import type { EmscriptenFs, EmscriptenModule, FsNode, FsStream } from "./emscripten.ts";

const ENOSPC = 51, ENAMETOOLONG = 37, EMFILE = 33;
const MAX_STREAMS = 256;
const MAX_NAME = 255;
const MAX_PATH = 4_096;
/** Approximate host memory of a file or open file beside contents and names, in bytes. */
const ENTRY_BYTES = 1_536;
/** Of a character of a name, as it is kept and as it is sent. */
const CHARACTER_BYTES = 8;

/** Every file, folder, link and device that can be reached, by name or because it is open. */
export function reachableNodes(fs: EmscriptenFs): Set<FsNode> {
  const nodes = new Set<FsNode>([fs.root]);
  for (const stream of fs.streams) if (stream?.node) nodes.add(stream.node);
  // A set gives what is added to it meanwhile, too.
  for (const node of nodes) {
    if (!fs.isDir(node.mode) || !node.contents || node.contents instanceof Uint8Array) continue;
    for (const child of Object.values(node.contents)) nodes.add(child);
  }
  return nodes;
}

/** The contents of an empty folder: no prototype, so that `__proto__` is a name like any other. */
export function emptyFolder(): Record<string, FsNode> {
  return Object.create(null);
}

/**
 * Refuses what would make the file system hold more than `maxBytes` more of the host's memory than it
 * does now: contents, names, links, and the entries themselves, of files and of open files.
 *
 * @param onChange called before the contents of a file change
 * @returns to be called when the files became others in another way
 */
export function limitFiles(
  { FS: fs }: EmscriptenModule,
  maxBytes: number,
  onChange: (node: FsNode) => void,
): () => void {
  const { ops_table: table, createNode, resizeFileStorage } = fs.filesystems.MEMFS;
  for (const node of reachableNodes(fs)) {
    if (fs.isDir(node.mode)) node.contents = Object.assign(emptyFolder(), node.contents);
  }
  const limit = heldBytes(fs) + maxBytes;
  // Never too low: it counts what is added, and is set right when it comes to the limit.
  let held = limit;
  const take = (bytes: number) => {
    if (bytes <= 0) return;
    held += bytes;
    if (held <= limit) return;
    held = heldBytes(fs);
    if (held + bytes > limit) throw new fs.ErrnoError(ENOSPC);
    held += bytes;
  };
  const takeName = (parent: FsNode, name: string) => {
    const isLong = name.length > MAX_NAME || pathLength(parent) + name.length > MAX_PATH;
    if (isLong) throw new fs.ErrnoError(ENAMETOOLONG);
    take(CHARACTER_BYTES * name.length);
  };

  const file = table.file.stream as FileOperations;
  const { write } = file;
  file.write = (stream, buffer, offset, length, position) => {
    take(position + length - (stream.node.usedBytes ?? 0));
    onChange(stream.node);
    return write(stream, buffer, offset, length, position);
  };
  fs.filesystems.MEMFS.resizeFileStorage = (node, size) => {
    take(size - (node.usedBytes ?? 0));
    onChange(node);
    resizeFileStorage(node, size);
  };
  fs.filesystems.MEMFS.createNode = (parent, name, mode, rdev) => {
    if (parent !== null) takeName(parent, name);
    take(ENTRY_BYTES);
    const node = createNode(parent, name, mode, rdev);
    if (fs.isDir(mode)) node.contents = emptyFolder();
    return node;
  };
  const folder = table.dir.node as FolderOperations;
  const { symlink, rename } = folder;
  folder.symlink = (parent, name, target) => {
    if (target.length > MAX_PATH) throw new fs.ErrnoError(ENAMETOOLONG);
    take(CHARACTER_BYTES * target.length);
    return symlink(parent, name, target);
  };
  folder.rename = (node, parent, name) => {
    takeName(parent, name);
    return rename(node, parent, name);
  };
  const { createStream } = fs;
  fs.createStream = (stream, fd) => {
    if (fs.streams.filter((one) => one).length >= MAX_STREAMS) throw new fs.ErrnoError(EMFILE);
    // Folders that were moved can have a longer path than the limit.
    const length = stream.path?.length ?? 0;
    if (length > 4 * MAX_PATH) throw new fs.ErrnoError(ENAMETOOLONG);
    return createStream(stream, fd);
  };
  return () => held = limit;
}

interface FileOperations {
  write(stream: FsStream, buffer: Uint8Array, ...rest: [number, number, number]): number;
}

interface FolderOperations {
  symlink(parent: FsNode, name: string, target: string): FsNode;
  rename(node: FsNode, parent: FsNode, name: string): void;
}

function heldBytes(fs: EmscriptenFs): number {
  let bytes = 0;
  for (const stream of fs.streams) {
    for (const name of stream?.getdents ?? []) bytes += CHARACTER_BYTES * (1 + name.length);
  }
  for (const node of reachableNodes(fs)) {
    const characters = node.name.length + (node.link?.length ?? 0);
    bytes += (node.usedBytes ?? 0) + ENTRY_BYTES + CHARACTER_BYTES * characters;
  }
  return bytes;
}

function pathLength(node: FsNode): number {
  let length = 0;
  while (node.parent !== node) {
    length += node.name.length + 1;
    node = node.parent;
  }
  return length;
}
