/**
 * What is said of a `DATABASE_URL` that is no address of a Postgres server; null for one that is. The password in it is
 * not repeated.
 */
export function urlProblem(url: string): string | null {
  const form = "postgresql://user:password@host:5432/database";
  const otherwise = `Without DATABASE_URL, Memoir keeps its own database in the data folder.`;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (!scheme) return `DATABASE_URL is not an address; it must have the form ${form}. ${otherwise}`;
  if (scheme !== "postgres" && scheme !== "postgresql") {
    return `DATABASE_URL is an address of ${scheme}, and Memoir needs Postgres: ${form}. ${otherwise}`;
  }
  if (!/^[^:]+:\/\//.test(url) || !URL.canParse(url)) {
    return `DATABASE_URL can't be read as an address; it must have the form ${form}, with special characters of user and password percent-encoded ("#" as %23, "/" as %2F, "@" as %40).`;
  }
  return null;
}
