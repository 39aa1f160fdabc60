/** A Prisma filter: the text somewhere in the field, whatever its case, with no character that means another. */
export function contains(text: string) {
  return { contains: text.replaceAll(/[\\%_]/g, "\\$&"), mode: "insensitive" as const };
}
