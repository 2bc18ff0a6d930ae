// The line that adds a device, as the README explains it ("Try it").
export const ADD_DEVICE = `pub -t homeguard/devices -m '{"id":"door-1","name":"Front door","kind":"lock","status":"online"}'`;
