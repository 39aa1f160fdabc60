"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import type { Account } from "@/lib/client/access/account-queries";
import { disconnect, goTo, problemOf, type SignInProvider } from "@/lib/client/access/providers";
import { queryKeys } from "@/lib/client/api/query-keys";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";

type LoginsPartProps = { providers: readonly SignInProvider[]; logins: Account["logins"] };

/** The identity providers of the server, and which of them is connected to one's account. */
export function LoginsPart({ providers, logins }: LoginsPartProps) {
  const client = useQueryClient();
  const refused = problemOf(useSearchParams().get("problem"));
  const connect = useMutation({ mutationFn: (id: string) => goTo(id, null) });
  const end = useMutation({
    mutationFn: disconnect,
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.account() }),
  });
  const error = connect.error ?? end.error;
  return (
    <>
      {refused && (
        <p role="alert" className="mb-2 break-words text-error">
          {refused}
        </p>
      )}
      {error && <Problem error={error} className="m-0" />}
      <ul aria-label="Identity providers" className="border-line border-t">
        {providers.map(({ id, name }) => {
          const login = logins.find((one) => one.provider === id);
          return (
            <li key={id} className="flex flex-wrap items-center gap-x-2 border-line border-b py-1.5">
              <div className="min-w-0 flex-1">
                <p className="break-words font-medium">{name}</p>
                <p className="text-muted text-sm">
                  {login ? (
                    <>
                      connected <Ago at={login.created_at} />
                    </>
                  ) : (
                    "not connected"
                  )}
                </p>
              </div>
              {login ? (
                <Button
                  size="sm"
                  aria-label={`Disconnect ${name}`}
                  disabled={end.isPending}
                  onClick={() => end.mutate(id)}
                >
                  Disconnect
                </Button>
              ) : (
                <Button
                  size="sm"
                  aria-label={`Connect ${name}`}
                  disabled={connect.isPending}
                  onClick={() => connect.mutate(id)}
                >
                  Connect
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
