"use client";
import { createContext, useContext } from "react";

/** Whether people have accounts here, as the server says when it makes a page. */
export const AccountsContext = createContext(false);

export const useHasAccounts = (): boolean => useContext(AccountsContext);
