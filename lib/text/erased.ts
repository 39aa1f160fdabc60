/** What stands where something was erased. */
export const ERASED = "[erased]";
