// What is known of a device's block: the wish, who enforces it and who does not, and the button to change it.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleMinus, IconCircleX, IconClock } from "@tabler/icons-react";
import { BlockBadge } from "../../components/BlockBadge";
import { RelativeTime } from "../../components/RelativeTime";
import type { Device } from "../../lib/api/types";
import { useTimed } from "../../lib/time";
import { type BlockStory, blockStory, isQuarantined, untilWords, type Voice, wisherWords } from "./blockwords";
import classes from "./BlockPanel.module.css";
import { Section } from "./Section";

const ICONS = { good: IconCircleCheck, bad: IconCircleX, waiting: IconClock, aside: IconCircleMinus };

export function BlockPanel({ device, onAsk }: { device: Device; onAsk: ((id: string) => void) | undefined }) {
  const { block } = device;
  const story = useBlockStory(block);
  const until = useTimed((now) => untilWords(block, now) ?? "");
  return (
    <Section title="Block">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4} className={classes.words} aria-live="polite">
          <BlockBadge block={block} />
          {block.state !== "none" && <Text fw={600}>{story.headline}</Text>}
          <Wish block={block} />
          {until !== "" && !isQuarantined(block) && <Text size="sm">It holds {until}.</Text>}
        </Stack>
        {onAsk && (
          <Button variant={block.desired ? "default" : "filled"} color="red.9" className={classes.button} onClick={() => onAsk(device.id)}>
            {isQuarantined(block) ? "Let in…" : block.desired ? "Unblock…" : "Block…"}
          </Button>
        )}
      </Group>
      {story.isUnheard && <Unheard id={device.id} desired={block.desired} />}
      {story.voices.length > 0 && (
        <ul className={classes.voices} aria-label="What enforcers say">
          {story.voices.map((voice) => (
            <Said key={voice.enforcer} voice={voice} />
          ))}
        </ul>
      )}
    </Section>
  );
}

/** The story of now: it changes with the block, and once with the time. */
function useBlockStory(block: Device["block"]): BlockStory {
  const isUnheard = useTimed((now) => blockStory(block, now).isUnheard);
  return blockStory(block, isUnheard ? Infinity : 0);
}

function Wish({ block }: Pick<Device, "block">) {
  const { desired, reason, by, since } = block;
  if (isQuarantined(block) && since !== null) {
    return (
      <Text size="sm" className={classes.wish}>
        It is new here: HomeGuard blocked it <RelativeTime at={since} />, until somebody lets it in.
      </Text>
    );
  }
  if (since === null) return <Text size="sm" c="dimmed">It was never blocked.</Text>;
  return (
    <Text size="sm" {...(desired ? {} : { c: "dimmed" })} className={classes.wish}>
      {desired ? "Blocked" : "Unblocked"} by {wisherWords(by)} <RelativeTime at={since} />
      {reason !== null && `: ${reason}`}
    </Text>
  );
}

function Unheard({ id, desired }: { id: string; desired: boolean }) {
  return (
    <Alert color="orange" variant="outline" mt="sm">
      The wish is stored, and stands on the broker at <code>homeguard/blocks/{id}</code> for every enforcer to read. None has answered it.
      {desired && " A device that obeys goes silent by itself; one that does not goes on as before."} As soon as an enforcer answers, it is shown here.
    </Alert>
  );
}

function Said({ voice }: { voice: Voice }) {
  const Icon = ICONS[voice.tone];
  return (
    <li className={classes.voice}>
      <Icon size={18} aria-hidden className={classes[voice.tone]} />
      <Text size="sm" component="div" className={classes.words}>
        <b>{voice.enforcer}</b> {voice.words}
        {voice.detail !== null && `: ${voice.detail}`}{" "}
        {voice.at !== null && (
          <Text span size="xs" c="dimmed">
            <RelativeTime at={voice.at} />
          </Text>
        )}
        {voice.drift !== null && (
          <Text size="sm" className={classes.bad}>
            {voice.drift}
          </Text>
        )}
      </Text>
    </li>
  );
}
