export type Dependency = { name: string; specifiers: string; isRefused: boolean };
export function isName(name: string): boolean;
export function areSpecifiers(text: string): boolean;
export function normalizeName(name: string): string;
export function releaseOf(version: string): number[] | null;
export function compareReleases(a: readonly number[], b: readonly number[]): number;
export function satisfies(version: string, specifiers: string): boolean;
export function dependenciesOf(metadata: string): Dependency[];
