import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { ENDPOINTS } from "@/lib/api/endpoints";

type Service = {
  image?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: object;
  networks?: string[];
};
type Compose = {
  services: Record<string, Service>;
  volumes: object;
  networks: { inside: { ipam: { config: { subnet: string }[] } } };
};

const compose = () => parse(readFileSync("compose.yaml", "utf8"), { merge: true }) as Compose;

/** The lines of a Dockerfile, those that go on joined, without comments. */
const lines = readFileSync("Dockerfile", "utf8")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"));
const ofStage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
const all = (instruction: string) => ofStage.filter((line) => line.startsWith(`${instruction} `));

test("the image is of two stages, holds what was packed and nothing of the source, and is run by nobody in particular", () => {
  expect(lines.filter((line) => line.startsWith("FROM "))).toEqual(["FROM node:20-slim AS build", "FROM node:20-slim"]);
  expect(all("COPY")).toEqual(["COPY --from=build /packed /packed"]);
  expect(all("USER")).toEqual(["USER node"]);
  expect(ofStage.indexOf("USER node")).toBeGreaterThan(ofStage.findLastIndex((line) => line.startsWith("RUN ")));
  expect(all("VOLUME")).toEqual(["VOLUME /data"]);
  expect(all("ENV").join()).toContain("MEMOIR_DATA_DIR=/data");
  expect(JSON.parse(all("CMD")[0]!.slice("CMD ".length))).toEqual(["memoir"]);
  const ignored = readFileSync(".dockerignore", "utf8").split("\n");
  for (const name of [".git", ".memoir", ".env", "node_modules"]) expect(ignored).toContain(name);
});

test("its health is asked of an operation that there is", () => {
  const [, path] = /(\/v1\/\w+)/.exec(all("HEALTHCHECK").join()) ?? [];
  expect(ENDPOINTS.map((row) => row.path as string)).toContain(path);
  expect(readFileSync("docs/deploy/Caddyfile", "utf8")).toContain(`health_uri ${path}`);
});

test("the composition: two servers with one database and one key, behind the only ports that are open", () => {
  const { services, networks, volumes } = compose();
  const { "memoir-1": first, "memoir-2": second, postgres, proxy } = services;
  expect(first!.environment).toEqual(second!.environment);
  expect(first!.environment).toMatchObject({
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are the composition's.
    MEMOIR_PASSWORD: "${MEMOIR_PASSWORD:?}",
    MEMOIR_SECRET_KEY: "${MEMOIR_SECRET_KEY:?}",
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are the composition's.
    MEMOIR_TRUSTED_PROXIES: networks.inside.ipam.config[0]!.subnet,
  });
  expect(first!.environment!.DATABASE_URL).toMatch(/@postgres:5432\/memoir$/);
  expect(first!.volumes).not.toEqual(second!.volumes);
  expect(postgres).toMatchObject({ image: expect.stringMatching(/^pgvector\//), healthcheck: expect.any(Object) });
  expect(Object.entries(services).flatMap(([name, { ports }]) => (ports ? [name] : []))).toEqual(["proxy"]);
  const named = Object.values(services).flatMap((one) => one.volumes ?? []);
  const kept = named.map((volume) => volume.split(":")[0]!).filter((name) => !name.startsWith("."));
  expect(kept.toSorted()).toEqual(Object.keys(volumes).toSorted());
  for (const service of Object.values(services)) expect(service.networks).toEqual(["inside"]);
  expect(proxy!.volumes).toContain("./docs/deploy/Caddyfile:/etc/caddy/Caddyfile:ro");
  const caddy = readFileSync("docs/deploy/Caddyfile", "utf8");
  for (const name of ["memoir-1", "memoir-2"]) expect(caddy).toContain(`${name}:8283`);
});
