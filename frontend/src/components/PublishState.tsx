// Where there is nothing yet, because nobody has published it: the line that publishes the first one.
import { Code } from "@mantine/core";
import { EmptyState } from "./EmptyState";

export interface PublishStateProps {
  title: string;
  text: string;
  /** Behind the prefix: "alerts". */
  topic: string;
  payload: string;
}

export function PublishState({ title, text, topic, payload }: PublishStateProps) {
  return (
    <EmptyState
      title={title}
      text={
        <>
          {text} Paste this line on the machine where HomeGuard runs. <Code>homeguard up</Code> prints one with your own
          port and data directory, should they be other ones.
        </>
      }
      command={lineFor(topic, payload)}
    />
  );
}

/** Write it for the broker and the data directory of `homeguard up`; the password stays out of the terminal's history. */
const lineFor = (topic: string, payload: string) =>
  'mosquitto_pub -h 127.0.0.1 -p 1883 -u operator -P "$(cat ~/.local/share/homeguard/secrets/broker-operator-password)" ' +
  `-q 1 -t homeguard/${topic} -m '${payload}'`;
