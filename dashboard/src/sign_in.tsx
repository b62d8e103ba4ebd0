// The way in: the admin token, once, for a cookie that lasts twelve hours.

import { useEffect, useRef, useState } from "preact/hooks";
import { Unanswered, api, inWords } from "./api/client.ts";
import mark from "./mark.svg";

interface SignInProps {
  /** Why one is here, if there is something to say. */
  says: string;
  onSignedIn: () => void;
}

export function SignIn({ says: why, onSignedIn }: SignInProps) {
  const { field, says, isAsking, submit } = useSignIn(why, onSignedIn);
  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit} aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">
          <img src={mark} alt="" />
          Forebay
        </h1>
        <p class="note">The dashboard of {location.host}</p>
        {/* Those who keep passwords want to know whose it is. */}
        <input name="username" autocomplete="username" value="admin" readOnly hidden />
        <label for="token">Admin token</label>
        <input
          ref={field}
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          aria-describedby="sign-in-says token-note"
          aria-invalid={says !== ""}
        />
        <p id="sign-in-says" class="is-fault" role="alert">
          {says}
        </p>
        <button aria-disabled={isAsking}>{isAsking ? "Signing in…" : "Sign in"}</button>
        <p id="token-note" class="note">
          It is the Worker’s secret <code>ADMIN_TOKEN</code>; on your own machine it is in{" "}
          <code>.dev.vars</code>. The session lasts twelve hours, or until the token is changed.
        </p>
      </form>
    </main>
  );
}

/** The token goes from its field to Forebay, and is kept nowhere. */
function useSignIn(why: string, onSignedIn: () => void) {
  const [says, setSays] = useState(why);
  const [isAsking, setAsking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · Forebay";
    field.current?.focus();
  }, []);

  const signIn = async (token: string) => {
    setAsking(true);
    setSays("");
    try {
      await api.signIn(token);
      onSignedIn();
    } catch (error) {
      setSays(reason(error));
      setAsking(false);
      field.current?.select();
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (isAsking) return;
    if (token !== "") return void signIn(token);
    setSays("Write the admin token.");
    field.current?.focus();
  };
  return { field, says, isAsking, submit };
}

function reason(error: unknown): string {
  if (error instanceof Unanswered) {
    const { why } = error;
    if (why.kind === "signed-out") return "That is not the admin token.";
    if (why.kind === "refused" && why.status === 429)
      return `Too many wrong tokens came from your address. Wait ${why.retryAfterS ?? 60} seconds.`;
  }
  const { what, advice } = inWords(error);
  return `${what} ${advice}`;
}
