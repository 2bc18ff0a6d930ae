// A click anywhere on a row or a card is one on its link.
import type { MouseEvent } from "react";
import { navigate } from "../../lib/hash";

/** Go to a device, but for a click on one of the row's own controls, and for text that is being marked. */
export function follow(event: MouseEvent, id: string) {
  if (event.target instanceof Element && event.target.closest("a, button")) return;
  if (window.getSelection()?.isCollapsed === false) return;
  navigate(`/devices/${id}`);
}
