import { LettaClient } from "../clients/letta-0/node_modules/@letta-ai/letta-client/index.js";

/** The older generation of the official client, and which of its methods were called through it. */
export type OlderClient = { client: LettaClient; called: Set<string>; methods: string[] };

type Methods = Record<string, unknown>;

/** Resources are getters and operations are methods, on the prototypes. */
function membersOf(resource: object): [name: string, isMethod: boolean][] {
  const own = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(resource) as object);
  return Object.entries(own)
    .filter(([name]) => name !== "constructor" && !name.startsWith("_"))
    .map(([name, { value }]) => [name, typeof value === "function"]);
}

/** A client of the server at `url` that notes what is called. Failures are seen: it does not ask again by itself. */
export function olderClient(url: string): OlderClient {
  const called = new Set<string>();
  const methods: string[] = [];
  const noting = <T extends object>(resource: T, path: string): T => {
    for (const [name, isMethod] of membersOf(resource)) {
      const here = path ? `${path}.${name}` : name;
      if (!isMethod) {
        const child = noting((resource as Methods)[name] as object, here);
        Object.defineProperty(resource, name, { value: child });
        continue;
      }
      methods.push(here);
      const call = (resource as Methods)[name] as (...args: unknown[]) => unknown;
      const noted = (...args: unknown[]) => {
        called.add(here);
        return Reflect.apply(call, resource, args);
      };
      Object.defineProperty(resource, name, { value: noted });
    }
    return resource;
  };
  const client = noting(new LettaClient({ baseUrl: url, token: "any" }), "");
  return { client, called, methods };
}
