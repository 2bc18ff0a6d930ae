// The time for which the server takes no more attempts to sign in as somebody, counted down.
import { useState } from "react";
import { ApiProblem } from "../../lib/api/client";
import { useTimed } from "../../lib/time";

interface Wait {
  username: string;
  until: number;
}

export interface Waiting {
  /** The seconds that are left for this name; 0 where one may try. */
  secondsFor: (username: string) => number;
  /** Somebody had to wait, and has. */
  isOver: boolean;
  /** Note what was refused, and when one may come again. */
  refused: (error: unknown, username: string) => void;
}

export function useWaiting(): Waiting {
  const [wait, setWait] = useState<Wait | null>(null);
  const left = useTimed((now) => (wait === null ? 0 : Math.max(0, Math.ceil((wait.until - now) / 1_000))));
  return {
    // Somebody else may come in at the same page meanwhile.
    secondsFor: (username) => (wait !== null && username === wait.username ? left : 0),
    isOver: wait !== null && left === 0,
    refused: (error, username) => {
      const seconds = error instanceof ApiProblem && error.status === 429 ? error.retryAfterSeconds : null;
      setWait(seconds === null ? null : { username, until: Date.now() + seconds * 1_000 });
    },
  };
}
