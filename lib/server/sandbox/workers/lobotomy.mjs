// Takes from this process's JavaScript what could reach the machine. The walls around the process do not depend on it;
// it is one more, for whoever gets out of the interpreter.
export function takePowersAway() {
  const refuse = () => {
    throw new Error("not in a sandbox");
  };
  const { process } = globalThis;
  for (const name of ["binding", "_linkedBinding", "dlopen", "kill", "_kill", "abort", "getBuiltinModule", "chdir"]) {
    if (name in process) Object.defineProperty(process, name, { value: refuse });
  }
  for (const name of [
    "_debugProcess",
    "_debugEnd",
    "_startProfilerIdleNotifier",
    "setuid",
    "setgid",
    "report",
    "env",
  ]) {
    if (name in process) Object.defineProperty(process, name, { value: Object.freeze(Object.create(null)) });
  }
  for (const name of ["stdin", "stdout", "stderr", "mainModule", "_events", "moduleLoadList"]) {
    Object.defineProperty(process, name, { value: undefined });
  }
  const gone = ["fetch", "WebSocket", "EventSource", "XMLHttpRequest", "Request", "Response", "Headers", "FormData"];
  for (const name of [...gone, "require", "process", "Worker", "BroadcastChannel", "MessageChannel", "navigator"]) {
    Reflect.deleteProperty(globalThis, name);
  }
}
