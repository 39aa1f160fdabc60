// Pyodide as a machine without doors: the same interpreter, but of the functions that its WebAssembly takes from
// JavaScript only those on a list still work once it is sealed, and what a call changed is put back afterwards.
import { constants, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** What plain Python needs: an in-memory file system, clocks, dice, its own tables. Nothing here reaches JavaScript objects. */
const ALLOWED = new Set(
  `__assert_fail _abort_js exit proc_exit _Py_CheckEmscriptenSignals_Helper
  _PyEM_TrampolineCall_JS __syscall_ioctl __syscall_fcntl64 __syscall_openat __syscall_faccessat
  __syscall_chdir __syscall_fchdir __syscall_dup __syscall_dup3 __syscall_fdatasync __syscall_fstat64 __syscall_stat64
  __syscall_newfstatat __syscall_lstat64 __syscall_ftruncate64 __syscall_truncate64 __syscall_getcwd
  __syscall_getdents64 __syscall_mkdirat __syscall_pipe __syscall_poll __syscall_readlinkat __syscall_unlinkat
  __syscall_rmdir __syscall_renameat __syscall_statfs64 __syscall_fstatfs64 __syscall_symlinkat __syscall_utimensat
  __syscall_fadvise64 __syscall_fallocate fd_close fd_read fd_write fd_seek fd_sync fd_pread fd_pwrite fd_fdstat_get
  clock_res_get clock_time_get environ_get environ_sizes_get random_get emscripten_date_now emscripten_get_now
  emscripten_get_heap_max emscripten_resize_heap _emscripten_get_progname _emscripten_lookup_name _tzset_js _timegm_js
  _mktime_js _localtime_js _gmtime_js __call_sighandler emscripten_runtime_keepalive_push
  emscripten_runtime_keepalive_pop _Unwind_Backtrace _Unwind_FindEnclosingFunction _Unwind_GetIPInfo`.split(/\s+/),
);
/** What honest code may try: it gets "operation not permitted". Everything else ends the process's life. */
const REFUSED = new Set(
  `__syscall_accept4 __syscall_bind __syscall_connect __syscall_getpeername __syscall_getsockname
  __syscall_getsockopt __syscall_listen __syscall_recvfrom __syscall_recvmsg __syscall_sendmsg __syscall_sendto
  __syscall_socket __syscall_chmod __syscall_fchmod __syscall_fchmodat2 __syscall_fchown32 __syscall_fchownat
  __syscall_mknodat _emscripten_system _mmap_js _msync_js _munmap_js _setitimer_js`.split(/\s+/),
);
const NEUTRAL = {
  getaddrinfo: -4,
  getnameinfo: -4,
  getprotobyname: 0,
  can_run_sync_js: 0,
  _try_fcntl64: 0,
  _try_shutdown: 0,
  _maybe_poll_async: null,
  _maybe_connect_async: null,
  _maybe_recvfrom_async: null,
  _maybe_sendto_async: null,
  _dlopen_js: 0,
  _dlsym_js: 0,
  emscripten_log_impl_js: undefined,
  _emscripten_log_formatted: undefined,
  __syscall_umask_js: 18,
  __syscall_getuid32_js: 1000,
  _Py_emscripten_runtime: 0,
};
const EPERM = -63;
const ENOSPC = 51;
const WRITABLE = ["/tmp", "/home/pyodide", "/packages"];
const DEVICE = "/dev/memoir";
/** So near to its limit, an interpreter that failed did so for want of memory. */
const FULL_BYTES = 8 * 1024 * 1024;
/** In what pieces the interpreter's memory is compared with its image, and put back. */
const PAGE_BYTES = 16 * 1024;
/** A process whose memory grew beyond this is not worth keeping. */
const WORTH_KEEPING_BYTES = 96 * 1024 * 1024;

/**
 * @param folder where Pyodide's files are.
 * @param boot `{ snapshot }`, a memory image that `makeSnapshot` returned before; or `{ sources }`, Python to run first.
 * @param host `{ output(stream, text), message(bytes): Uint8Array }`: what the code writes, and what it asks.
 */
export async function openPyodide({ folder, boot, host }) {
  const lock = { sealed: false, poisoned: null, capBytes: Number.POSITIVE_INFINITY };
  capMemory(lock);
  // Pyodide reads the constants of file modes from here while it starts, and nothing else.
  Object.defineProperty(process, "binding", { value: () => ({ fs: constants }), configurable: true });
  const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
  const { default: createModule } = await import(pathToFileURL(`${folder}/pyodide.asm.mjs`).href);
  const pyodide = await loadPyodide({
    indexURL: folder,
    // The interpreter alone, without the packages that Pyodide would fetch from its own site.
    lockFileContents: { ...JSON.parse(readFileSync(`${folder}/pyodide-lock.json`, "utf8")), packages: {} },
    createPyodideModule: (settings) => createModule({ ...settings, ...sealable(settings, lock) }),
    ...(boot.snapshot ? { _loadSnapshot: boot.snapshot } : { _makeSnapshot: true }),
  });
  if (!boot.snapshot) {
    for (const source of boot.sources) pyodide.runPython(source);
    return { makeSnapshot: () => pyodide.makeMemorySnapshot() };
  }
  return machine(pyodide, lock, host);
}

function capMemory(lock) {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65536 > lock.capBytes) throw new RangeError("the memory limit of this call");
    return Reflect.apply(grow, this, [pages]);
  };
}

/** Emscripten's hook to instantiate, with each import behind the lock. */
function sealable(settings, lock) {
  const instantiateWasm = (imports, done) => {
    settings.instantiateWasm(lockedImports(imports, lock), done);
    return {};
  };
  return { instantiateWasm };
}

function lockedImports(imports, lock) {
  const { env } = imports;
  for (const [name, real] of Object.entries(env)) {
    if (typeof real !== "function" || ALLOWED.has(name)) continue;
    env[name] = Object.assign((...args) => (lock.sealed ? refuse(name, lock) : real(...args)), { sig: real.sig });
  }
  return imports;
}

function refuse(name, lock) {
  if (name in NEUTRAL) return NEUTRAL[name];
  if (REFUSED.has(name)) return EPERM;
  lock.poisoned ??= `the code reached for ${name}, which no sandbox has`;
  throw new Error(lock.poisoned);
}

function machine(pyodide, lock, host) {
  const { _module: module } = pyodide;
  const { FS } = module;
  let reply = new Uint8Array(0);
  let decoders = {};
  const device = FS.makedev(240, 0);
  FS.registerDevice(device, {
    open() {},
    close() {},
    read(_stream, buffer, offset, length) {
      const part = reply.subarray(0, length);
      buffer.set(part, offset);
      reply = reply.subarray(part.length);
      return part.length;
    },
    write(_stream, buffer, offset, length) {
      reply = host.message(buffer.slice(offset, offset + length));
      return length;
    },
  });
  FS.mkdev(DEVICE, 0o666, device);
  FS.mkdir("/packages");
  const sink = (stream) => ({
    isatty: false,
    write(bytes) {
      decoders[stream] ??= new TextDecoder();
      host.output(stream, decoders[stream].decode(bytes, { stream: true }));
      return bytes.length;
    },
  });
  pyodide.setStdin({ stdin: () => null });
  pyodide.setStdout(sink("stdout"));
  pyodide.setStderr(sink("stderr"));
  limitFiles(FS, lock);
  pyodide.runPython("import memoir_driver; memoir_driver.prepare()");

  const call = module.stringToNewUTF8("memoir_driver.main()");
  const files = baseline(FS);
  const image = module.HEAPU8.slice();
  const stack = module.stackSave();
  const heapEnd = module._sbrk(0) >>> 0;
  const isFull = () => module.HEAPU8.length + FULL_BYTES > lock.capBytes;
  let written = [];
  lock.sealed = true;
  return {
    imageBytes: image.length,
    /** Runs the driver once. @returns null, or why it did not come back as it should: then this process must end. */
    run(memoryBytes) {
      lock.capBytes = image.length + memoryBytes;
      lock.fileBytes = memoryBytes;
      decoders = {};
      try {
        const status = module._PyRun_SimpleString(call);
        if (status !== 0) lock.poisoned ??= isFull() ? "memory" : "the interpreter failed";
      } catch (error) {
        if (error instanceof RangeError && /call stack/.test(error.message)) return "recursion";
        lock.poisoned ??= error?.name === "ExitStatus" ? "the code ended the process" : "the interpreter crashed";
      }
      return lock.poisoned;
    },
    /**
     * The memory that the last call wrote to: pages of the image that are no longer as they were, and what the heap grew
     * by. Never 0: a call's arguments alone take a page.
     */
    heldBytes() {
      const grown = Math.max(0, (module._sbrk(0) >>> 0) - heapEnd);
      written = pagesWritten(module.HEAPU8, image);
      return grown + written.filter((start) => start < heapEnd).length * PAGE_BYTES;
    },
    /** Puts everything back as it was before the call that `heldBytes` measured. @returns whether nothing is left of it. */
    reset() {
      if (lock.poisoned || module.HEAPU8.length > image.length + WORTH_KEEPING_BYTES) return false;
      for (const start of written) module.HEAPU8.set(image.subarray(start, start + PAGE_BYTES), start);
      module.HEAPU8.fill(0, image.length);
      module.stackRestore(stack);
      reply = new Uint8Array(0);
      return files.restore();
    },
    /** Puts a file where Python finds it, for the next call only. */
    addFile(path, bytes) {
      FS.writeFile(path, bytes, { canOwn: true });
    },
  };
}

/** Where the pages begin whose bytes differ from the image's. */
function pagesWritten(heap, image) {
  const now = Buffer.from(heap.buffer, heap.byteOffset, image.length);
  const before = Buffer.from(image.buffer, image.byteOffset, image.length);
  const starts = [];
  for (let start = 0; start < image.length; start += PAGE_BYTES) {
    const end = Math.min(start + PAGE_BYTES, image.length);
    if (now.compare(before, start, end, start, end) !== 0) starts.push(start);
  }
  return starts;
}

/** No file may be larger than a call's memory: files are kept outside of the memory that WebAssembly counts. */
function limitFiles(FS, lock) {
  const { MEMFS } = FS.filesystems;
  const { expandFileStorage, resizeFileStorage } = MEMFS;
  const check = (bytes) => {
    if (lock.sealed && bytes > lock.fileBytes) throw new FS.ErrnoError(ENOSPC);
  };
  MEMFS.expandFileStorage = (node, capacity) => {
    check(capacity);
    expandFileStorage(node, capacity);
  };
  MEMFS.resizeFileStorage = (node, size) => {
    check(size);
    resizeFileStorage(node, size);
  };
}

/**
 * The file system as it is now, all of it read-only but for two folders, which are new for each call. A sealed
 * interpreter can't change a file's mode.
 */
function baseline(FS) {
  const nodes = [];
  const visit = (node) => {
    const children = FS.isDir(node.mode) && node.contents ? Object.entries(node.contents) : [];
    if (node.rdev === 0) node.mode &= ~0o222;
    nodes.push({ node, mode: node.mode, contents: node.contents, used: node.usedBytes, children });
    for (const [, child] of children) visit(child);
  };
  visit(FS.root);
  const mountAll = () => {
    for (const path of WRITABLE) FS.mount(FS.filesystems.MEMFS, {}, path);
  };
  mountAll();
  const mounts = FS.root.mount.mounts.length;
  const cwd = FS.currentPath;
  const streams = FS.streams.slice(0, 3);
  const intact = ({ node, mode, contents, used, children }) => {
    if (node.mode !== mode || node.contents !== contents || node.usedBytes !== used) return false;
    const now = children.length > 0 || FS.isDir(mode) ? Object.entries(contents ?? {}) : [];
    return now.length === children.length && now.every(([name, child], at) => sameEntry(children[at], name, child));
  };
  const sameEntry = (entry, name, child) => entry[0] === name && entry[1] === child;
  return {
    restore() {
      for (const stream of FS.streams.slice(3)) if (stream) FS.close(stream);
      const same = streams.every((stream, fd) => FS.streams[fd] === stream);
      FS.streams.length = 3;
      FS.currentPath = cwd;
      for (const path of WRITABLE) FS.unmount(path);
      mountAll();
      const count = FS.root.mount.mounts.length;
      return same && count === mounts && nodes.every(intact);
    },
  };
}
