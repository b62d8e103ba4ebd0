// Either the way in or the dashboard: by whether there is a session.

import { useEffect, useState } from "preact/hooks";
import { api } from "./api/client.ts";
import { SIGNED_OUT } from "./fetched.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign_in.tsx";
import { useTheme } from "./theme.ts";

/** `untold`: it was left, but Forebay could not be told, so that the cookie is still there. */
type Session = "unknown" | "none" | "ended" | "untold" | "there";

const SAYS = {
  none: "",
  ended: "Your session has ended. Sign in again.",
  untold:
    "Forebay could not be reached: this browser is still signed in. Reload the page and sign out again.",
};

export function App() {
  const [session, setSession] = useState<Session>("unknown");
  useTheme();
  useEffect(() => {
    const ended = () => setSession((before) => (before === "there" ? "ended" : "none"));
    addEventListener(SIGNED_OUT, ended);
    // Where it cannot be told, the views say what keeps them.
    api.isSignedIn().then(
      (isSignedIn) => setSession(isSignedIn ? "there" : "none"),
      () => setSession("there"),
    );
    return () => removeEventListener(SIGNED_OUT, ended);
  }, []);
  switch (session) {
    case "unknown":
      return (
        <p class="unseen" role="status">
          Loading
        </p>
      );
    case "there":
      return <Shell onSignOut={(isTold) => setSession(isTold ? "none" : "untold")} />;
    case "none":
    case "ended":
    case "untold":
      return <SignIn says={SAYS[session]} onSignedIn={() => setSession("there")} />;
  }
}
