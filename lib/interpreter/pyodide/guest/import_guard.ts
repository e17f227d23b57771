/**
 * Decides which functions of the host Python's WebAssembly may call. Everything that reaches
 * JavaScript objects, loads code, opens sockets or starts processes is refused here, below Python:
 * no Python object, however it was come by, leads around it.
 */

/** Thrown through the WebAssembly when the guest calls what it must not; the process ends. */
export class GuardError extends Error {
  /** Always `GuardError`. */
  override readonly name = "GuardError";
}

/** Callbacks of the guard. */
export interface GuardHooks {
  /** True once agents' code can run; while the module loads, nothing is refused. */
  armed(): boolean;
  /** Called before a call that can change files or open files. */
  onFileAccess(): void;
  /** Called when the clock is looked at. */
  onClock(): void;
  /** Number of the signal that interrupts Python now; 0 for none. */
  pendingSignal(): number;
  /** True if the memory may grow to `bytes`. */
  mayGrow(bytes: number): boolean;
  /** The most that the memory may grow to, in bytes. */
  readonly maxMemoryBytes: number;
  /** Fills `bytes` from the session's own stream of random bytes. */
  fillRandom(bytes: Uint8Array): void;
}

const ALLOWED = new Set(
  `
  _PyEM_TrampolineCall_JS _Py_emscripten_runtime __call_sighandler __syscall_getuid32_js
  __syscall_ioctl __syscall_fstat64 __syscall_stat64 __syscall_newfstatat __syscall_lstat64
  __syscall_getcwd __syscall_faccessat __syscall_readlinkat __syscall_statfs64
  __syscall_fstatfs64 __syscall_fdatasync __syscall_fadvise64 _emscripten_get_progname
  emscripten_get_heap_max _tzset_js _timegm_js _mktime_js _localtime_js _gmtime_js
  environ_sizes_get environ_get clock_res_get fd_sync fd_fdstat_get
  emscripten_runtime_keepalive_push emscripten_runtime_keepalive_pop
`.trim().split(/\s+/),
);

const FILE_ACCESS = new Set(
  `
  __syscall_fcntl64 __syscall_openat __syscall_chdir __syscall_chmod __syscall_fchownat
  __syscall_dup __syscall_dup3 __syscall_fchdir __syscall_fchmod __syscall_fchmodat2
  __syscall_fchown32 __syscall_ftruncate64 __syscall_getdents64 __syscall_mkdirat
  __syscall_fallocate __syscall_unlinkat __syscall_rmdir __syscall_renameat __syscall_symlinkat
  __syscall_truncate64 __syscall_utimensat _mmap_js _munmap_js _msync_js fd_close fd_read
  fd_write fd_seek fd_pread fd_pwrite
`.trim().split(/\s+/),
);

const ENOSYS = 52;
const EPERM = 63;

/** Refused with an error number, so that the guest's call fails like an unsupported one. */
const REFUSED: Readonly<Record<string, number | null>> = {
  __syscall_mknodat: -EPERM,
  __syscall_pipe: -ENOSYS,
  __syscall_poll: -ENOSYS,
  __syscall_socket: -ENOSYS,
  __syscall_accept4: -ENOSYS,
  __syscall_bind: -ENOSYS,
  __syscall_connect: -ENOSYS,
  __syscall_getpeername: -ENOSYS,
  __syscall_getsockname: -ENOSYS,
  __syscall_getsockopt: -ENOSYS,
  __syscall_listen: -ENOSYS,
  __syscall_recvfrom: -ENOSYS,
  __syscall_recvmsg: -ENOSYS,
  __syscall_sendmsg: -ENOSYS,
  __syscall_sendto: -ENOSYS,
  __syscall_umask_js: 0o22,
  // Pyodide's ways to sockets in JavaScript, asked before the system calls: there are none.
  _maybe_connect_async: null,
  _maybe_poll_async: null,
  _maybe_recvfrom_async: null,
  _maybe_sendto_async: null,
  _try_fcntl64: 0,
  _try_shutdown: 0,
  ffi_closure_alloc_js: 0,
  _setitimer_js: -ENOSYS,
  _emscripten_system: -ENOSYS,
  _dlopen_js: 0,
  _dlsym_js: 0,
  getaddrinfo: -4,
  getnameinfo: -4,
  getprotobyname: 0,
};

/** Every import of the module, as `module.name` of its functions. */
export type Imports = Record<string, Record<string, unknown>>;

/** Replaces, in place, what the guest must not call. Imports that are not functions stay. */
export function guardImports(
  imports: Imports,
  module: WebAssembly.Module,
  hooks: GuardHooks & { memory(): ArrayBuffer },
): void {
  for (const { module: space, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") continue;
    const original = imports[space][name] as (...args: unknown[]) => unknown;
    imports[space][name] = replacement(name, original, hooks);
  }
}

function replacement(
  name: string,
  original: (...args: unknown[]) => unknown,
  hooks: GuardHooks & { memory(): ArrayBuffer },
): (...args: unknown[]) => unknown {
  if (Object.hasOwn(OWN, name)) return OWN[name](hooks, original);
  if (ALLOWED.has(name)) return original;
  if (FILE_ACCESS.has(name)) {
    return (...args) => {
      hooks.onFileAccess();
      return original(...args);
    };
  }
  return (...args) => {
    if (!hooks.armed()) return original(...args);
    if (Object.hasOwn(REFUSED, name)) return REFUSED[name];
    throw new GuardError(`The code tried to leave the sandbox (${name})`);
  };
}

/**
 * Milliseconds that continue from process to process. Before agents' code runs the clock only
 * counts how often it was looked at, so that all processes come out alike.
 */
function now(hooks: GuardHooks): number {
  hooks.onClock();
  return hooks.armed() ? performance.timeOrigin + performance.now() : START_TIME + looks++;
}

const START_TIME = Date.UTC(2026, 0, 1);
let looks = 0;

type Factory = (
  hooks: GuardHooks & { memory(): ArrayBuffer },
  original: (...args: unknown[]) => unknown,
) => (...args: unknown[]) => unknown;

const OWN: Readonly<Record<string, Factory>> = {
  _Py_CheckEmscriptenSignals_Helper: (hooks) => () => hooks.pendingSignal(),
  emscripten_resize_heap: (hooks, original) => (size) =>
    hooks.mayGrow((size as number) >>> 0) ? original(size) : 0,
  emscripten_get_heap_max: (hooks) => () => hooks.maxMemoryBytes,
  emscripten_get_now: (hooks) => () => now(hooks),
  emscripten_date_now: (hooks) => () => Math.floor(now(hooks)),
  clock_time_get: (hooks) => (_clock, _precision, pointer) => {
    const nanoseconds = BigInt(Math.round(now(hooks) * 1e6));
    new DataView(hooks.memory()).setBigInt64((pointer as number) >>> 0, nanoseconds, true);
    return 0;
  },
  random_get: (hooks) => (pointer, size) => {
    const bytes = new Uint8Array(hooks.memory(), (pointer as number) >>> 0, (size as number) >>> 0);
    hooks.fillRandom(bytes);
    return 0;
  },
};
