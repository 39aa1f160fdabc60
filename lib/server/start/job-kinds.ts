import { RUN_BATCH } from "../batches/run-batch";
import { SEND_CALLBACK } from "../callbacks/send-callback";
import { PARSE_FILE } from "../folders/parse-file";
import type { JobKind } from "../jobs/queue";
import { EXPIRE_PROPOSALS } from "../reviews/expire";
import { FIRE_SCHEDULE, SEND_FIRING } from "../schedules/fire";
import { RUN_SUITE } from "../suites/run-suite";
import { ROLL_UP_USAGE } from "../usage/roll-up";

/** Every kind of work that the server's queue does. */
export const JOB_KINDS: readonly JobKind<never>[] = [
  FIRE_SCHEDULE,
  SEND_FIRING,
  RUN_BATCH,
  SEND_CALLBACK,
  PARSE_FILE,
  ROLL_UP_USAGE,
  RUN_SUITE,
  EXPIRE_PROPOSALS,
];
