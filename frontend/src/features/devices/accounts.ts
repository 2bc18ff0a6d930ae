// Accounts of devices at the broker. A password is told once, in the answer that made it.
import { ask } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";

export const addDevice = (body: Rest.NewDevice) => ask<Rest.AccountView>("api/devices", { method: "POST", body });

export const renewCredentials = (id: string) => ask<Rest.AccountView>(`api/devices/${id}/credentials`, { method: "POST" });
