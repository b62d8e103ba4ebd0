// A link within the dashboard: followed without loading the page, opened elsewhere as any link.

import type { ComponentChildren } from "preact";
import type { Address } from "../address.ts";
import { useNavigation } from "../navigation.ts";

interface LinkProps {
  to: Partial<Address>;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
}

export function Link({ to, children, current, class: className }: LinkProps) {
  const { href, follow } = useNavigation();
  return (
    <a
      href={href(to)}
      {...(className ? { class: className } : {})}
      {...(current ? { "aria-current": "page" as const } : {})}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        follow(to);
      }}
    >
      {children}
    </a>
  );
}
