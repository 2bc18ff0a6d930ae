// Where there is nothing yet, because nobody has published it: the line that publishes the first one.
import { useAbout } from "../lib/api/about";
import { EmptyState } from "./EmptyState";

// Where the server does not say what to paste: at a broker of one's own, or to a viewer.
const BY_HAND = "mosquitto_pub -h BROKER -u USER -P PASSWORD -q 1";

export interface PublishStateProps {
  title: string;
  text: string;
  /** Behind the prefix: "alerts". */
  topic: string;
  payload: string;
}

export function PublishState({ title, text, topic, payload }: PublishStateProps) {
  const { data, isPending } = useAbout();
  if (isPending) return <EmptyState title={title} text={text} />;
  const command = data?.publish_command;
  return (
    <EmptyState
      title={title}
      text={`${text} ${command ? "Paste this line on the machine where HomeGuard runs." : "This line does it, with an account of your broker."}`}
      command={`${command ?? BY_HAND} -t ${data?.topic_prefix ?? "homeguard"}/${topic} -m '${payload}'`}
    />
  );
}
