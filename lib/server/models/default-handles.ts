/**
 * Handles of models that Letta hosts. They mean the default here, whichever it is: published agents and programs name
 * them, and what is made with them names the model that it really has.
 */
export const meansDefault = (handle: string): boolean => /^letta\/(letta-free|auto(-[a-z]+)?)$/.test(handle);
