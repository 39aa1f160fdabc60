/** The identity providers of the server as its pages show them: by their names, without anything that opens them. */
export const providersOf = (): { id: string; name: string }[] =>
  (globalThis.__memoir?.core.config.identityProviders ?? []).map(({ id, name }) => ({ id, name }));
