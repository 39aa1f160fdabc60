// A file system that is a map of bytes, in the shape in which Go's WebAssembly runtime asks for Node's `fs`. Nothing of it
// reaches a disk: a path that was not put here does not exist, and there are no links.

const FILE = 0o100644;
const FOLDER = 0o40755;
const STD = new Map([
  [1, "stdout"],
  [2, "stderr"],
]);
const FLAGS = { O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, O_DIRECTORY: 65536 };
const MAX_SAID_CHARS = 64 * 1024;

const fault = (code) => Object.assign(new Error(code), { code });

/** A path in one shape: absolute, without `.`, `..` and doubled slashes; `..` never leads above the root. */
export function plainPath(path) {
  const parts = [];
  for (const part of String(path).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** @param files bytes by absolute path; what is written is put there too. */
export function memoryFiles(files) {
  const folders = new Map([["/", new Set()]]);
  const place = (path) => {
    for (let at = path; at !== "/"; ) {
      const cut = at.lastIndexOf("/");
      const parent = at.slice(0, cut) || "/";
      const known = folders.get(parent);
      if (known) return void known.add(at.slice(cut + 1));
      folders.set(parent, new Set([at.slice(cut + 1)]));
      at = parent;
    }
  };
  for (const path of files.keys()) place(path);

  const open = new Map();
  const said = { stdout: "", stderr: "" };
  const decoder = new TextDecoder();
  let next = 10;

  function stat(path) {
    const isFolder = folders.has(path);
    const bytes = files.get(path);
    if (!isFolder && !bytes) throw fault("ENOENT");
    const size = bytes?.length ?? 0;
    return {
      ...{ dev: 1, ino: 1, mode: isFolder ? FOLDER : FILE, nlink: 1, uid: 0, gid: 0, rdev: 0, size },
      ...{ blksize: 4096, blocks: Math.ceil(size / 512), atimeMs: 0, mtimeMs: 0, ctimeMs: 0 },
      isDirectory: () => isFolder,
    };
  }

  function openFile(path, flags) {
    const isWritten = (flags & (FLAGS.O_WRONLY | FLAGS.O_RDWR)) !== 0;
    if (isWritten && (flags & FLAGS.O_CREAT) !== 0 && !folders.has(path) && !files.has(path)) {
      files.set(path, new Uint8Array());
      place(path);
    }
    stat(path);
    if (isWritten && (flags & FLAGS.O_TRUNC) !== 0) files.set(path, new Uint8Array());
    next += 1;
    open.set(next, { path, at: 0 });
    return next;
  }

  const opened = (fd) => {
    const file = open.get(fd);
    if (!file) throw fault("EBADF");
    return file;
  };

  function read(fd, buffer, offset, length, position) {
    const file = opened(fd);
    const bytes = files.get(file.path);
    if (!bytes) throw fault("EISDIR");
    const from = position ?? file.at;
    const part = bytes.subarray(from, from + length);
    buffer.set(part, offset);
    if (position === null) file.at += part.length;
    return part.length;
  }

  function write(fd, buffer, offset, length, position) {
    const part = buffer.subarray(offset, offset + length);
    const stream = STD.get(fd);
    if (stream) {
      if (said[stream].length < MAX_SAID_CHARS) said[stream] += decoder.decode(part);
      return length;
    }
    const file = opened(fd);
    const from = position ?? file.at;
    const old = files.get(file.path) ?? new Uint8Array();
    const bytes = new Uint8Array(Math.max(old.length, from + length));
    bytes.set(old);
    bytes.set(part, from);
    files.set(file.path, bytes);
    if (position === null) file.at += length;
    return length;
  }

  const calls = {
    open: (path, flags) => openFile(plainPath(path), flags),
    close: (fd) => void open.delete(fd),
    read,
    write,
    stat: (path) => stat(plainPath(path)),
    lstat: (path) => stat(plainPath(path)),
    fstat: (fd) => stat(opened(fd).path),
    fsync: () => {},
    ftruncate: (fd, length) => {
      const { path } = opened(fd);
      files.set(path, (files.get(path) ?? new Uint8Array()).slice(0, length));
    },
    mkdir(path) {
      const plain = plainPath(path);
      if (folders.has(plain) || files.has(plain)) throw fault("EEXIST");
      folders.set(plain, new Set());
      place(plain);
    },
    readdir(path) {
      const names = folders.get(plainPath(path));
      if (!names) throw fault(files.has(plainPath(path)) ? "ENOTDIR" : "ENOENT");
      return [...names];
    },
    readlink(path) {
      stat(plainPath(path));
      throw fault("EINVAL");
    },
  };
  const fs = { constants: FLAGS, writeSync: (fd, bytes) => write(fd, bytes, 0, bytes.length, null) };
  for (const name of "chmod chown fchmod fchown lchown link rename rmdir symlink truncate unlink utimes".split(" ")) {
    calls[name] = () => {
      throw fault("EPERM");
    };
  }
  for (const [name, call] of Object.entries(calls)) {
    fs[name] = (...args) => {
      const done = args.pop();
      let value;
      try {
        value = call(...args);
      } catch (error) {
        return void done(error);
      }
      done(null, value);
    };
  }
  return { fs, said };
}
