// Every device as it now is, by id. Fed by frames of the devices channel, many at once.
import { create } from "zustand";
import type { Device, Live } from "../lib/api/types";

export type DeviceFrame = Live.Snapshot | Live.DeviceUpdated | Live.DeviceRemoved;

export interface DevicesState {
  /** False until the first snapshot: nothing known is not the same as nothing there. */
  isLoaded: boolean;
  byId: Readonly<Record<string, Device>>;
  apply: (frames: readonly DeviceFrame[]) => void;
  reset: () => void;
}

export const useDevicesStore = create<DevicesState>()((set) => ({
  isLoaded: false,
  byId: {},
  apply: (frames) =>
    set((state) => {
      let byId: Record<string, Device> = { ...state.byId };
      let isLoaded = state.isLoaded;
      for (const frame of frames) {
        if (frame.type === "snapshot") {
          if (frame.since === 0) byId = {}; // all there is
          for (const device of frame.data) byId[device.id] = device;
          for (const id of frame.removed) delete byId[id];
          isLoaded = true;
        } else if (frame.type === "device_update") {
          byId[frame.data.id] = frame.data;
        } else {
          delete byId[frame.data.id];
        }
      }
      return { byId, isLoaded };
    }),
  reset: () => set({ isLoaded: false, byId: {} }),
}));
