// A page that is loaded when it is needed, and again where that failed: `lazy` alone remembers a failure for ever.
import { type ComponentType, createElement, lazy, type ReactElement } from "react";

/** The page's code did not come: nobody answers, or an update has replaced it. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
}

export interface Loadable<Props extends object> {
  render: (props: Props) => ReactElement;
  /** Fetch it before it is shown; what fails then is tried again when it is. */
  preload: () => void;
  again: () => void;
}

export function loadable<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): Loadable<Props> {
  const checked = () =>
    load().catch((error: unknown) => {
      throw new NotLoaded("the page's code did not come", { cause: error });
    });
  let component: ComponentType<Props> = lazy(checked);
  return {
    render: (props) => createElement(component, props),
    preload: () => void load().catch(() => {}),
    again: () => {
      component = lazy(checked);
    },
  };
}
