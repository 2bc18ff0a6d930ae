// Sends what a dialog asks for. What is refused is told as what it means for the device; the dialog stays.
import { useState } from "react";
import { ask, type Options } from "../../lib/api/client";
import { type Doing, refusalWords } from "./refusals";

export interface Submit {
  isBusy: boolean;
  error: Error | null;
  send: (path: string, options: Options) => void;
}

export function useSubmit(doing: Doing, onDone: () => void): Submit {
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  async function send(path: string, options: Options) {
    setBusy(true);
    setError(null);
    try {
      await ask(path, options);
      onDone(); // the socket tells what becomes of it
    } catch (refusal) {
      setError(new Error(refusalWords(refusal, doing)));
      setBusy(false);
    }
  }
  return { isBusy, error, send: (path, options) => void send(path, options) };
}
