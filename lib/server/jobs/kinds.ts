import { RUN_BATCH } from "../batches/run-batch";
import { SEND_CALLBACK } from "../callbacks/send-callback";
import { PARSE_FILE } from "../folders/parse-file";
import { FIRE_SCHEDULE, SEND_FIRING } from "../schedules/fire";
import type { JobKind } from "./queue";

/** Every kind of work that the server's queue does. */
export const JOB_KINDS: readonly JobKind<never>[] = [FIRE_SCHEDULE, SEND_FIRING, RUN_BATCH, SEND_CALLBACK, PARSE_FILE];
