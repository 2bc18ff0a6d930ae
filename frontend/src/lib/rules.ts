// What the server asks of names and passwords, to say it before it refuses. A test holds them to openapi.json.

export const MIN_PASSWORD = 10; // characters
export const MAX_USERNAME = 64;
export const PASSWORD_RULE = `At least ${MIN_PASSWORD} characters, and not the user name`;
export const MAX_DEVICE_ID = 64;
export const DEVICE_ID_RULE = `1 to ${MAX_DEVICE_ID} of a-z, 0-9, '_' and '-', beginning with a letter or digit`;
export const USERNAME_RULE = `1 to ${MAX_USERNAME} of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit`;
