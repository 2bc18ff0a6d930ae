// What the signed-in user may do; the server decides, this only leaves out what it would refuse.
import { includes, type Role } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";

export const useMay = (wanted: Role): boolean =>
  useAuthStore(({ user }) => user !== null && includes(user.role, wanted));
