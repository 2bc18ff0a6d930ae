import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MAX_USERNAME, MIN_PASSWORD } from "./rules";

test("the rules that forms tell are the server's", () => {
  const { properties } = JSON.parse(readFileSync("openapi.json", "utf8")).components.schemas.NewUser;
  expect(properties.password.minLength).toBe(MIN_PASSWORD);
  expect(properties.username.maxLength).toBe(MAX_USERNAME);
  expect(properties.username.pattern).toBe(`^[a-z0-9][a-z0-9._-]{0,${MAX_USERNAME - 1}}$`);
});
