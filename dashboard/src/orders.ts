// What is ordered is done once Forebay has heard it, whether or not its answer arrives.

import { useState } from "preact/hooks";
import { Unanswered, inWords } from "./api/client.ts";

/** Why there is no answer to an order, and what to do: not to take it for undone. */
export function orderInWords(error: unknown, look: string): string {
  const { what, advice } = inWords(error);
  const isUnheard = error instanceof Unanswered && error.why.kind === "unreachable";
  return isUnheard ? `${what} It may be done all the same: ${look}` : `${what} ${advice}`;
}

/** An order that a dialog gives: one at a time, and what became of it in words where it failed. */
export function useOrder(look: string) {
  const [says, setSays] = useState("");
  const [isUnderWay, setUnderWay] = useState(false);
  const give = async (order: () => Promise<void>) => {
    if (isUnderWay) return;
    setUnderWay(true);
    setSays("");
    try {
      await order();
    } catch (error) {
      setSays(orderInWords(error, look));
      setUnderWay(false);
    }
  };
  return { says, setSays, isUnderWay, give };
}
