// Leaves what a new embedded database begins with in dist: migrated, without rows.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { makeImage } from "../lib/server/db/database";

const root = path.resolve(import.meta.dirname, "..");
const image = await makeImage(path.join(root, "prisma/migrations"));
mkdirSync(path.join(root, "dist"), { recursive: true });
writeFileSync(path.join(root, "dist/database.tar.gz"), gzipSync(Buffer.from(await image.arrayBuffer())));
