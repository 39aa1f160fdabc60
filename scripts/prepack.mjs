// Builds what `npm pack` packs: a packed Memoir brings its pages and its server, and starts without building anything.
import { build, prepare } from "./setup.mjs";

prepare();
build();
