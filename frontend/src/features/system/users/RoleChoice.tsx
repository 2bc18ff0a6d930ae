// The three roles, and what each may do.
import { Radio, Stack } from "@mantine/core";
import type { Role } from "../../../lib/api/types";

const MAY: Record<Role, string> = {
  viewer: "sees what they read",
  operator: "also acknowledges alerts, blocks devices, and sees rejects and who is connected",
  admin: "also manages users and devices",
};
const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

export interface RoleChoiceProps {
  value: Role;
  onChange: (role: Role) => void;
}

export function RoleChoice({ value, onChange }: RoleChoiceProps) {
  return (
    <Radio.Group name="role" label="Role" value={value} onChange={(role) => onChange(role as Role)}>
      <Stack gap="xs" mt="xs">
        {ROLES.map((role) => (
          <Radio key={role} value={role} label={role} description={MAY[role]} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
