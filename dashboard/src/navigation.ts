// Where one is, and how one gets elsewhere: by the browser's own history.

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { type Address, type ViewName, readAddress, writeAddress } from "./address.ts";

export interface Navigation {
  address: Address;
  /** A URL with these parts changed. */
  href: (change: Partial<Address>) => string;
  go: (change: Partial<Address>) => void;
  /** The same, by a link. */
  follow: (change: Partial<Address>) => void;
  /** The view in which a link was followed last; a new object each time. */
  followed: { in: ViewName } | null;
}

export const NavigationContext = createContext<Navigation | null>(null);

export function useNavigation(): Navigation {
  const found = useContext(NavigationContext);
  if (found === null) throw new Error("no navigation here");
  return found;
}

export function useHistory(): Navigation {
  const [address, setAddress] = useState(() => readAddress(location));
  const [followed, setFollowed] = useState<Navigation["followed"]>(null);
  const moved = () =>
    setAddress((before) => {
      const now = readAddress(location);
      // Other views' URLs do not hold what the cache view looked for: it is still there on coming back.
      return now.view === "cache" ? now : { ...now, url: before.url };
    });
  useEffect(() => {
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  // What one view's table is sorted by says nothing of another's.
  const href = (change: Partial<Address>) =>
    writeAddress({ ...address, ...(change.view === undefined ? {} : { by: null }), ...change });
  const go = (change: Partial<Address>) => {
    const url = href(change);
    if (url !== location.pathname + location.search) history.pushState(null, "", url);
    moved();
  };
  const follow = (change: Partial<Address>) => {
    go(change);
    setFollowed({ in: address.view });
  };
  return { address, href, go, follow, followed };
}
