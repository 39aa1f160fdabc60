import Link from "next/link";

export default function NotFound() {
  return (
    <main className="flex h-dvh flex-col items-center justify-center gap-2">
      <h1 className="font-semibold text-xl">There is no such page</h1>
      <Link href="/agents" className="underline">
        All agents
      </Link>
    </main>
  );
}
