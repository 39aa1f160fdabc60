/** The server can't start as it is set up. The message is one sentence or two that say what to do. */
export class ConfigError extends Error {}
