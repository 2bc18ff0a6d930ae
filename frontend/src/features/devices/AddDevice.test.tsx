import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { navigate } from "../../lib/hash";
import { useDevicesStore } from "../../stores/devices";
import { problem, renderPage, serve, signInAs } from "../../test/page";
import Devices from "./Devices";
import { makeDevice } from "./fixtures";
import RotateDialog from "./RotateDialog";

const CAM = makeDevice("cam-1", { name: "Front door", has_account: true });
const ACCOUNT = {
  device: CAM,
  mqtt: { host: "192.168.1.10", port: 8883, tls: true, username: "cam-1", password: "9f86d081884c7d65", client_id: "cam-1" },
  examples: { mosquitto_pub: "mosquitto_pub -h …", esphome: "mqtt:\n  broker: …", tasmota: "Backlog …", zigbee2mqtt: "mqtt:\n  server: …" },
};
const ADD = "POST api/devices";

beforeEach(() => {
  signInAs("admin");
  navigate("/devices", { replace: true });
  useDevicesStore.getState().reset();
  useDevicesStore.getState().apply([{ type: "snapshot", channel: "devices", since: 0, seq: 1, data: [makeDevice("tv-1")], removed: [] }]);
});

async function add(id: string) {
  renderPage(<Devices />);
  await userEvent.click(screen.getByRole("button", { name: "Add device" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Add a device" }));
  await userEvent.type(dialog.getByLabelText(/^Id/), id);
  await userEvent.type(dialog.getByLabelText("Name"), "Front door");
  await userEvent.click(dialog.getByRole("button", { name: "Add device" }));
  return dialog;
}

test("a device is added, and how it signs in is shown once, to copy and to paste", async () => {
  const user = userEvent.setup(); // with a clipboard
  const asked = serve({ [ADD]: () => Response.json(ACCOUNT, { status: 201 }) });
  await add("Cam-1");
  const shown = within(await screen.findByRole("dialog", { name: "How Front door signs in" }));
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ id: "cam-1", name: "Front door" });
  expect(shown.getByText("You will not see this password again")).toBeTruthy();
  for (const words of ["192.168.1.10", "8883", "9f86d081884c7d65"]) expect(shown.getByText(words)).toBeTruthy();
  await user.click(shown.getByRole("button", { name: "Copy the password" }));
  expect(await navigator.clipboard.readText()).toBe("9f86d081884c7d65");
  expect(shown.getByText("mosquitto_pub -h …")).toBeTruthy();
  await userEvent.click(shown.getByRole("tab", { name: "Tasmota" }));
  expect(await shown.findByText("Backlog …")).toBeTruthy();
  await userEvent.keyboard("{Escape}"); // by mistake: it must not lose the password
  expect(screen.getByText("9f86d081884c7d65")).toBeTruthy();
  await userEvent.click(shown.getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(screen.queryByText("9f86d081884c7d65")).toBeNull());
  expect(window.location.hash).toBe("#/devices/cam-1");
});

test("what is wrong with an id stands at its field", async () => {
  serve({ [ADD]: () => problem(409, "cam-1 has an account: give it a new password, or remove it first", { field: "id" }) });
  const dialog = await add("cam-1");
  expect(await dialog.findByText(/^cam-1 has an account/)).toBeTruthy();
  expect(dialog.getByLabelText<HTMLInputElement>(/^Id/).value).toBe("cam-1");
});

test("where the broker is not HomeGuard's, its words say what to do", async () => {
  serve({ [ADD]: () => problem(501, "HomeGuard may not make accounts at this broker: set HOMEGUARD_MQTT_ADMIN_URL") });
  const dialog = await add("cam-1");
  expect((await dialog.findByRole("alert")).textContent).toBe(
    "It was not added. HomeGuard may not make accounts at this broker: set HOMEGUARD_MQTT_ADMIN_URL",
  );
});

test("only an admin adds devices", () => {
  signInAs("operator");
  renderPage(<Devices />);
  expect(screen.getByText("1 device")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Add device" })).toBeNull();
});

test("a new password is asked about first, for it throws the device off; then it is shown", async () => {
  const asked = serve({ "POST api/devices/cam-1/credentials": ACCOUNT });
  renderPage(<RotateDialog device={CAM} onClose={() => undefined} />);
  const dialog = within(screen.getByRole("dialog", { name: "A new password for Front door?" }));
  expect(dialog.getByText(/thrown off at once/)).toBeTruthy();
  expect(asked).toEqual([]);
  await userEvent.click(dialog.getByRole("button", { name: "New password" }));
  expect(await screen.findByText("9f86d081884c7d65")).toBeTruthy();
});

test("a device without an account is offered one", () => {
  renderPage(<RotateDialog device={makeDevice("tv-1")} onClose={() => undefined} />);
  expect(screen.getByRole("button", { name: "Make an account" })).toBeTruthy();
});
