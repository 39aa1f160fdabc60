/** A package that a tool asks for can't be had; the message says why. */
export class RequirementError extends Error {}
