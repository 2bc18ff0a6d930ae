// How a device signs in, shown this once: to be copied, or pasted as what people have.
import { Alert, Button, Code, Group, Modal, Stack, Tabs, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { CopyButton } from "../../components/CopyButton";
import type { Rest } from "../../lib/api/types";
import classes from "./Credentials.module.css";
import { nameOf } from "./listing";

const EXAMPLES = [
  { key: "mosquitto_pub", label: "mosquitto_pub", where: "In a terminal, to try it:" },
  { key: "esphome", label: "ESPHome", where: "In the device's YAML:" },
  { key: "tasmota", label: "Tasmota", where: "In the device's console:" },
  { key: "zigbee2mqtt", label: "Zigbee2MQTT", where: "In its configuration.yaml:" },
] as const satisfies readonly { key: keyof Rest.Examples; label: string; where: string }[];

export interface CredentialsProps {
  account: Rest.AccountView;
  onClose: () => void;
}

export function Credentials({ account: { device, mqtt, examples }, onClose }: CredentialsProps) {
  const facts = [
    ["Broker", mqtt.host, "the broker"],
    ["Port", `${mqtt.port}`, "the port"],
    ["User name", mqtt.username, "the user name"],
    ["Client id", mqtt.client_id, "the client id"],
    ["Password", mqtt.password, "the password"],
  ] as const;
  return (
    // A press beside it must not lose what nobody can show again.
    <Modal opened onClose={onClose} title={`How ${nameOf(device)} signs in`} size="lg" closeOnClickOutside={false} closeOnEscape={false} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Alert color="orange" variant="outline" icon={<IconAlertTriangle aria-hidden />} title="You will not see this password again">
          HomeGuard keeps no copy of it. Copy it now; if it is lost, give the device a new one.
        </Alert>
        <dl className={classes.facts} aria-label="Credentials">
          {facts.map(([label, value, what]) => (
            <Fact key={label} label={label} value={value} what={what} />
          ))}
        </dl>
        <Text size="sm" c="dimmed">
          {mqtt.tls ? "The connection is encrypted (TLS). " : ""}The account works with this client id alone, and may speak on the topics of {device.id} alone.
        </Text>
        <Tabs defaultValue={EXAMPLES[0].key} keepMounted={false}>
          <Tabs.List className={classes.tabs} aria-label="To paste">
            {EXAMPLES.map(({ key, label }) => (
              <Tabs.Tab key={key} value={key}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {EXAMPLES.map(({ key, label, where }) => (
            <Tabs.Panel key={key} value={key} pt="xs">
              <Text size="sm" mb={4}>
                {where}
              </Text>
              <div className={classes.example}>
                {/* A scrolling part must be reachable by keyboard (WCAG 2.1.1). */}
                <Code block tabIndex={0}>
                  {examples[key]}
                </Code>
                <CopyButton text={examples[key]} what={`the text for ${label}`} />
              </div>
            </Tabs.Panel>
          ))}
        </Tabs>
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Fact({ label, value, what }: { label: string; value: string; what: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <Code className={classes.value}>{value}</Code>
        <CopyButton text={value} what={what} />
      </dd>
    </>
  );
}
