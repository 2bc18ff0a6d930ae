// What the signed-in user may do and read; the server decides, this only leaves out what it would refuse.
import { type Channel, includes, type Role } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";

export const useMay = (wanted: Role): boolean =>
  useAuthStore(({ user }) => user !== null && includes(user.role, wanted));

export const useReads = (channel: Channel): boolean => useAuthStore(({ user }) => user?.channels.includes(channel) ?? false);
