"use client";
import { createContext, useContext } from "react";

export const NonceContext = createContext("");

/** What a style element must carry that a component makes in the browser: the policy of pages lets no other in. */
export function useNonce(): string {
  return useContext(NonceContext);
}
