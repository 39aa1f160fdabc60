"use client";
import { Component, type ReactNode } from "react";
import { Problem } from "./problem";

type CrashGuardProps = { children: ReactNode };

/** Keeps a part of the page that breaks from taking the rest with it. */
export class CrashGuard extends Component<CrashGuardProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <Problem error={error} onRetry={() => this.setState({ error: null })} />;
  }
}
